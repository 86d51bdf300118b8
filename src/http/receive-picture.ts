/**
 * Takes the picture of a request to a file on the local disk, counting its bytes: a picture is never held in memory.
 * A body that is refused in the middle is drained and dropped, so that a client that reads only after it has sent
 * everything gets its answer.
 */
import { rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import type {} from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';
import { decideUpload } from '../domain/upload.ts';
import { FIELDS_BYTES, readFields } from './read-fields.ts';
import { writeStream } from './write-stream.ts';

export type ReceivedFile = {
  readonly path: string;
  /** The first bytes, in which the format is recognised. */
  readonly head: Uint8Array;
};

export type ReceivedPicture = ReceivedFile & {
  /** The picture for the background, where the form has one. */
  readonly background?: ReceivedFile | undefined;
  /** The other fields of the form; a list where a name is there more than once. */
  readonly fields: Readonly<Record<string, unknown>>;
};

export const HEAD_BYTES = 256 * 1024;
const FILE_FIELDS = ['file', 'image', 'image_file'];
const BACKGROUND_FIELD = 'background_file';
/** What a form may weigh beside its files; a Content-Length above both files and form together cannot fit. */
export const FORM_BYTES = FIELDS_BYTES;

export type Reception = {
  readonly request: FastifyRequest;
  readonly maxFileSize: number;
  readonly temporaryPath: () => Promise<string>;
  /** Fetches the picture at a URL to the path, and returns its first bytes. */
  readonly fetchTo: (url: string, path: string) => Promise<Uint8Array>;
};

/** Names of a picture's URL, in the form or in the query. */
const URL_FIELDS = ['image_url', 'url'];

function findUrl(fields: Readonly<Record<string, unknown>>): string | undefined {
  const given = URL_FIELDS.map((name) => fields[name]);
  return given.find((value): value is string => typeof value === 'string' && value !== '');
}

/** Throws `file_too_large`, `missing_file` or `invalid_parameter`; then no file is left behind. */
export async function receivePicture(reception: Reception): Promise<ReceivedPicture> {
  const { request, maxFileSize } = reception;
  const type = request.headers['content-type'] ?? '';
  const isForm = /^multipart\/form-data\b/i.test(type);
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > (isForm ? 2 * maxFileSize + FORM_BYTES : maxFileSize)) throw tooLarge(maxFileSize);
  refuseEncoding(request);
  const files: string[] = [];
  try {
    if (isForm) return await receiveForm(reception, files);
    const fields = await readFields(request);
    if (fields || !/^(image\/|application\/octet-stream\b)/i.test(type)) {
      return { ...(await fetchPhoto(reception, files, fields ?? {})), fields: fields ?? {} };
    }
    // Not the stream itself: a pipeline that fails would take its request's socket from it, and no answer could be sent.
    const body = request.raw.iterator({ destroyOnReturn: false });
    const head = await receiveFile(body, await nextPath(reception, files), maxFileSize);
    return { path: files[0] ?? '', head, fields: {} };
  } catch (error) {
    drain(request);
    await Promise.all(files.map((file) => rm(file, { force: true })));
    throw readableError(error);
  }
}

export function refuseEncoding({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  if (encoding && encoding !== 'identity') {
    throw new RemuvrError('invalid_parameter', 'The body must be sent as it is, without a Content-Encoding.');
  }
}

/** By its first bytes alone. */
export function refuseUnfit(head: Uint8Array, maxPixels: number): void {
  const refusal = decideUpload(head, maxPixels);
  if (refusal) throw new RemuvrError(refusal.code, refusal.message);
}

export const tooLarge = (maxFileSize: number): RemuvrError =>
  new RemuvrError(
    'file_too_large',
    `The file is larger than the ${maxFileSize} bytes that the plan of this account allows.`,
  );

/** No file came: the picture is where a URL says, or it is missing. */
async function fetchPhoto(
  reception: Reception,
  files: string[],
  fields: ReceivedPicture['fields'],
): Promise<ReceivedFile> {
  const url = findUrl({ ...(reception.request.query as Record<string, unknown>), ...fields });
  if (url === undefined) throw missingFile(fields);
  const path = await nextPath(reception, files);
  return { path, head: await reception.fetchTo(url, path) };
}

function missingFile(fields: ReceivedPicture['fields']): RemuvrError {
  const asText = FILE_FIELDS.find((name) => Object.hasOwn(fields, name));
  if (!asText) return new RemuvrError('missing_file');
  return new RemuvrError(
    'missing_file',
    `The field "${asText}" holds text, not a file; curl sends a file by -F "${asText}=@image.jpg".`,
  );
}

async function nextPath({ temporaryPath }: Reception, files: string[]): Promise<string> {
  const path = await temporaryPath();
  files.push(path);
  return path;
}

const SEVERAL = {
  photo: 'Send one picture a request; this one has several.',
  background: 'Send one picture for the background; this request has several.',
} as const;

function roleOf(field: string): keyof typeof SEVERAL | undefined {
  if (FILE_FIELDS.includes(field)) return 'photo';
  return field === BACKGROUND_FIELD ? 'background' : undefined;
}

async function receiveForm(reception: Reception, files: string[]): Promise<ReceivedPicture> {
  const { request, maxFileSize } = reception;
  const fields: Record<string, string | string[]> = Object.create(null);
  const taken: { photo?: ReceivedFile; background?: ReceivedFile } = {};
  // Our own count decides about the size, the same for a form and for a raw body.
  const limits = { fileSize: Number.POSITIVE_INFINITY, fields: 100, files: 10, parts: 110, fieldSize: 100_000 };
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      const given = fields[part.fieldname];
      // A list is refused by the schema of its name, and ignored where there is no such name.
      fields[part.fieldname] = given === undefined ? String(part.value) : [given, String(part.value)].flat();
      continue;
    }
    const role = roleOf(part.fieldname);
    if (!role) part.file.resume();
    else if (taken[role]) throw new RemuvrError('invalid_parameter', SEVERAL[role]);
    else {
      const path = await nextPath(reception, files);
      taken[role] = { path, head: await receiveFile(part.file, path, maxFileSize) };
    }
  }
  const { photo = await fetchPhoto(reception, files, fields), background } = taken;
  if (taken.photo && findUrl(fields) !== undefined) {
    throw new RemuvrError('invalid_parameter', 'Send one picture a request; this one has a file and a URL.');
  }
  return { ...photo, background, fields };
}

/** Writes the stream to `path`, and returns its first bytes. */
export async function receiveFile(
  source: AsyncIterable<Buffer>,
  path: string,
  maxFileSize: number,
): Promise<Uint8Array> {
  let size = 0;
  const heads: Buffer[] = [];
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (size < HEAD_BYTES) heads.push(chunk.subarray(0, HEAD_BYTES - size));
      size += chunk.length;
      done(size > maxFileSize ? tooLarge(maxFileSize) : null, chunk);
    },
  });
  await writeStream(source, count, path);
  return Buffer.concat(heads);
}

export function drain(request: FastifyRequest): void {
  request.raw.unpipe();
  request.raw.resume();
}

/** What the form's parser throws: its text is a library's, so it is told in our words. */
export function readableError(error: unknown): unknown {
  if (error instanceof RemuvrError) return error;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'FST_PARTS_LIMIT' || code === 'FST_FILES_LIMIT' || code === 'FST_FIELDS_LIMIT') {
    return new RemuvrError('invalid_parameter', 'The form has too many fields or files.');
  }
  if (
    code?.startsWith('FST_') ||
    code === 'ECONNRESET' ||
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    isFormError(error)
  ) {
    return new RemuvrError('invalid_parameter', 'The form is malformed, or it ended before its last part.');
  }
  return error;
}

const isFormError = (error: unknown): boolean =>
  error instanceof Error &&
  /Unexpected end of (form|multipart)|Part terminated early|Malformed part|Multipart/i.test(error.message);
