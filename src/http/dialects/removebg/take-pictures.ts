/** The picture of a request in the remove.bg dialect, and its background: by file, in base64, or by URL. */
import { writeFile } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import { ERROR_MESSAGES, RemuvrError } from '../../../domain/errors.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { deleteFiles } from '../../delete-files.ts';
import { fetchSource } from '../../fetch-source.ts';
import type { BodyReceiver, ReceivedBody } from '../../receive-body.ts';
import { HEAD_BYTES, type ReceivedFile, refuseUnfit, tooLarge } from '../../receive-picture.ts';
import { given } from './parameters.ts';
import { RemovebgRefusal } from './refusal.ts';

export type TakenPictures = {
  readonly fields: ReceivedBody['fields'];
  readonly picture: ReceivedFile;
  readonly background: ReceivedFile | undefined;
};

type Taking = {
  readonly ctx: ServiceContext;
  readonly request: FastifyRequest;
  readonly receiveBody: BodyReceiver;
  readonly maxFileSize: number;
  readonly maxPixels: number;
};

/** Where it throws, no file is left. */
export async function takePictures(taking: Taking): Promise<TakenPictures> {
  const { ctx, request, receiveBody, maxFileSize } = taking;
  const temporaryPath = (): Promise<string> => ctx.storage.temporaryPath();
  const fileFields = ['image_file', 'bg_image_file'];
  const { fields, files } = await receiveBody({ request, maxFileSize, fileFields, temporaryPath });
  const taken: ReceivedFile[] = Object.values(files);
  const keep = (file: ReceivedFile): ReceivedFile => {
    taken.push(file);
    return file;
  };
  try {
    refuseSeveral(fields, files);
    const picture = files.image_file ?? keep(await takePicture(taking, fields));
    refuseUnfit(picture.head, taking.maxPixels);
    const url = given(fields, 'bg_image_url');
    const background = files.bg_image_file ?? (url ? keep(await fetchBackground(taking, url)) : undefined);
    if (background) refuseUnfit(background.head, taking.maxPixels);
    return { fields, picture, background };
  } catch (error) {
    await deleteFiles(taken);
    throw error;
  }
}

function refuseSeveral(fields: ReceivedBody['fields'], files: ReceivedBody['files']): void {
  const isGiven = (name: string): boolean => files[name] !== undefined || given(fields, name) !== undefined;
  const sources = ['image_file', 'image_file_b64', 'image_url'].filter(isGiven);
  if (sources.length === 0) {
    throw new RemovebgRefusal(
      'missing_source',
      'Please provide the image as image_file, image_file_b64 or image_url.',
      'missing_file',
    );
  }
  if (sources.length > 1) {
    throw new RemovebgRefusal('multiple_sources', `Please provide one of ${sources.join(' and ')}, not both.`);
  }
  if (given(fields, 'bg_image_file') !== undefined) {
    throw new RemovebgRefusal('invalid_file_type', '"bg_image_file" holds text, not a file.');
  }
  const backgrounds = ['bg_color', 'bg_image_url', 'bg_image_file'].filter(isGiven);
  if (backgrounds.length > 1) {
    throw new RemovebgRefusal('multiple_bg_sources', `Please provide one of ${backgrounds.join(' and ')}, not both.`);
  }
}

async function takePicture(taking: Taking, fields: ReceivedBody['fields']): Promise<ReceivedFile> {
  const { ctx, maxFileSize } = taking;
  const url = given(fields, 'image_url');
  if (url !== undefined) return await fetchTo(taking, url);
  const text = given(fields, 'image_file_b64');
  if (text === undefined) throw new RemovebgRefusal('invalid_file_type', '"image_file" holds text, not a file.');
  const bytes = decodeBase64(text);
  if (bytes.length > maxFileSize) throw tooLarge(maxFileSize);
  const path = await ctx.storage.temporaryPath();
  await writeFile(path, bytes, { flag: 'wx' });
  return { path, head: bytes.subarray(0, HEAD_BYTES) };
}

async function fetchTo({ ctx, request, maxFileSize }: Taking, url: string): Promise<ReceivedFile> {
  const path = await ctx.storage.temporaryPath();
  return { path, head: await fetchSource({ ctx, request, url, path, maxFileSize }) };
}

async function fetchBackground(taking: Taking, url: string): Promise<ReceivedFile> {
  try {
    return await fetchTo(taking, url);
  } catch (error) {
    if (!(error instanceof RemuvrError)) throw error;
    if (error.code === 'invalid_source_url') throw new RemovebgRefusal('invalid_bg_image_url', error.message);
    if (error.code === 'source_unavailable') throw new RemovebgRefusal('failed_bg_download', error.message);
    throw error;
  }
}

/** Also with the head of a data URL, in lines, and in the alphabet for URLs. */
function decodeBase64(text: string): Buffer {
  const digits = text.replace(/^data:[^,]{0,100};base64,/i, '').replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(digits)) throw new RemuvrError('invalid_image', ERROR_MESSAGES.invalid_image);
  return Buffer.from(digits, 'base64');
}
