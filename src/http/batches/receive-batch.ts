/**
 * The pictures of a batch on the local disk: of a form with files, archives and URLs, of an archive alone, or of URLs in
 * JSON. A picture that cannot be used is an item that says why; only what is wrong with all of it is refused.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type {} from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { cleanItemName, type ItemError } from '../../domain/batch.ts';
import { RemuvrError } from '../../domain/errors.ts';
import { decideUpload } from '../../domain/upload.ts';
import { readFields } from '../read-fields.ts';
import {
  drain,
  FORM_BYTES,
  type ReceivedFile,
  readableError,
  receiveFile,
  refuseEncoding,
} from '../receive-picture.ts';
import { type KeptStream, keepStream } from './keep-stream.ts';
import { batchTooLarge, isArchive, itemTooLarge, tooManyItems, unpackArchive } from './unpack-archive.ts';

/** `digest`: of its bytes, or of its URL. */
export type ReceivedItem = { readonly name: string; readonly digest: Buffer } & (
  | { readonly path: string }
  | { readonly error: ItemError }
);

export type ReceivedBatch = {
  readonly items: readonly ReceivedItem[];
  readonly background: ReceivedFile | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
};

export type BatchReception = {
  readonly request: FastifyRequest;
  readonly maxFileSize: number;
  readonly maxPixels: number;
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly temporaryPath: () => Promise<string>;
  readonly fetchTo: (url: string, path: string) => Promise<Uint8Array>;
};

/** Addresses that are fetched at once for one batch. */
const FETCHES = 4;
const URL_FIELDS = ['urls', 'url', 'image_url'];
const BACKGROUND_FIELD = 'background_file';
const NO_BYTES = Buffer.alloc(0);

/** While it comes. Every path that was begun is in `paths`, so that all can be deleted. */
type Intake = BatchReception & {
  readonly items: ReceivedItem[];
  readonly urls: string[];
  readonly fields: Record<string, unknown>;
  readonly paths: string[];
  background: ReceivedFile | undefined;
  /** Of the pictures so far. */
  usedBytes: number;
};

/** Where it throws, no file is left. */
export async function receiveBatch(reception: BatchReception): Promise<ReceivedBatch> {
  const intake: Intake = {
    ...reception,
    items: [],
    urls: [],
    fields: Object.create(null),
    paths: [],
    background: undefined,
    usedBytes: 0,
  };
  const { request, items } = intake;
  refuseEncoding(request);
  refuseLength(reception);
  try {
    await takeBody(intake);
    addUrls(intake, (request.query as Record<string, unknown>) ?? {});
    await fetchAll(intake);
    if (items.length === 0) throw new RemuvrError('missing_file', 'No picture was sent. A batch needs one at least.');
    return { items, background: intake.background, fields: intake.fields };
  } catch (error) {
    drain(request);
    await Promise.all(intake.paths.map((path) => rm(path, { force: true })));
    throw readableError(error);
  }
}

function refuseLength({ request, maxBytes }: BatchReception): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + FORM_BYTES) throw batchTooLarge(maxBytes);
}

async function takeBody(intake: Intake): Promise<void> {
  const { request } = intake;
  const type = (request.headers['content-type'] ?? '').toLowerCase();
  if (/^multipart\/form-data\b/.test(type)) return await takeForm(intake);
  const fields = await readFields(request);
  if (fields) {
    Object.assign(intake.fields, fields);
    return addUrls(intake, fields);
  }
  if (/^(application\/(zip|x-zip-compressed|octet-stream)|image\/)/.test(type)) {
    // Not the stream itself: a pipeline that fails would take its request's socket from it.
    await takeStream(intake, request.raw.iterator({ destroyOnReturn: false }), '', createCount(intake));
  }
}

/** Of all that comes in the body as files. */
type Count = (bytes: number) => void;

function createCount({ maxBytes }: BatchReception): Count {
  let received = 0;
  return (bytes) => {
    received += bytes;
    if (received > maxBytes) throw batchTooLarge(maxBytes);
  };
}

async function takeForm(intake: Intake): Promise<void> {
  const { request, fields, maxItems, maxFileSize } = intake;
  const count = createCount(intake);
  const files = maxItems + 1;
  const limits = { fileSize: Number.POSITIVE_INFINITY, fields: 100 + maxItems, files, parts: 100 + files + maxItems };
  for await (const part of request.parts({ limits: { ...limits, fieldSize: 100_000 } })) {
    if (part.type === 'field') {
      const given = fields[part.fieldname];
      fields[part.fieldname] = given === undefined ? String(part.value) : [given, String(part.value)].flat();
    } else if (part.fieldname !== BACKGROUND_FIELD) {
      await takeStream(intake, part.file, part.filename ?? '', count);
    } else if (intake.background) {
      throw new RemuvrError('invalid_parameter', 'Send one picture for the background; this request has several.');
    } else {
      const path = await nextPath(intake);
      intake.background = { path, head: await receiveFile(part.file, path, maxFileSize) };
    }
  }
  addUrls(intake, fields);
}

async function nextPath({ temporaryPath, paths }: Intake): Promise<string> {
  const path = await temporaryPath();
  paths.push(path);
  return path;
}

/** A picture, or an archive of them: its first bytes tell which. */
async function takeStream(intake: Intake, source: AsyncIterable<Buffer>, filename: string, count: Count) {
  const path = await nextPath(intake);
  let counted = 0;
  const admit = (size: number, head: Uint8Array): boolean => {
    count(size - counted);
    counted = size;
    return size <= intake.maxFileSize || isArchive(head);
  };
  const kept = await keepStream({ source, path, admit });
  if (isArchive(kept.head)) return await takeArchive(intake, path);
  // A form sends an empty file where none was chosen.
  if (kept.size > 0 || filename !== '') await addItem(intake, filename, path, kept);
}

async function takeArchive(intake: Intake, archivePath: string): Promise<void> {
  const { maxFileSize, maxBytes, maxItems, items, urls, usedBytes } = intake;
  const temporaryPath = (): Promise<string> => nextPath(intake);
  const room = maxItems - items.length - urls.length;
  const limits = { maxFileSize, maxBytes, usedBytes, maxItems, room };
  for await (const unpacked of unpackArchive({ archivePath, temporaryPath, ...limits })) {
    const { name } = unpacked;
    if ('error' in unpacked) items.push({ name, error: unpacked.error, digest: NO_BYTES });
    else await addItem(intake, name, unpacked.path, unpacked.kept);
  }
  await rm(archivePath, { force: true });
}

async function addItem(intake: Intake, filename: string, path: string, kept: KeptStream): Promise<void> {
  const { items, maxItems, maxFileSize, maxPixels } = intake;
  if (items.length + intake.urls.length >= maxItems) throw tooManyItems(maxItems);
  const name = cleanItemName(filename) ?? `picture-${items.length + 1}`;
  const error = kept.size > maxFileSize ? itemTooLarge(maxFileSize) : decideUpload(kept.head, maxPixels);
  if (error) await rm(path, { force: true });
  else intake.usedBytes += kept.size;
  items.push({ name, digest: kept.digest, ...(error ? { error } : { path }) });
}

/** Each may be there several times, and `urls` may hold several in lines. */
function addUrls(intake: Intake, fields: Readonly<Record<string, unknown>>): void {
  const given = URL_FIELDS.flatMap((name) => fields[name] ?? []);
  if (given.some((value) => typeof value !== 'string')) {
    throw new RemuvrError('invalid_parameter', 'The parameter "urls" must be addresses as text.');
  }
  intake.urls.push(...given.flatMap((text) => String(text).split(/\s+/)).filter((url) => url !== ''));
  if (intake.items.length + intake.urls.length > intake.maxItems) throw tooManyItems(intake.maxItems);
}

async function fetchAll(intake: Intake): Promise<void> {
  const { urls, items } = intake;
  const fetched: ReceivedItem[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < urls.length; i = next++) fetched[i] = await fetchItem(intake, urls[i] ?? '', i);
  };
  await Promise.all(Array.from({ length: Math.min(FETCHES, urls.length) }, work));
  items.push(...fetched);
}

async function fetchItem(intake: Intake, url: string, index: number): Promise<ReceivedItem> {
  const name = nameOfUrl(url) ?? `picture-${intake.items.length + index + 1}`;
  const digest = createHash('sha256').update(url).digest();
  const path = await nextPath(intake);
  try {
    const error = decideUpload(await intake.fetchTo(url, path), intake.maxPixels);
    if (!error) return { name, digest, path };
    await rm(path, { force: true });
    return { name, digest, error };
  } catch (error) {
    if (!(error instanceof RemuvrError)) throw error;
    return { name, digest, error: { code: error.code, message: error.message } };
  }
}

function nameOfUrl(url: string): string | undefined {
  const last = URL.canParse(url) ? (new URL(url).pathname.split('/').at(-1) ?? '') : '';
  try {
    return cleanItemName(decodeURIComponent(last));
  } catch {
    return cleanItemName(last);
  }
}
