/**
 * A request of another service's dialect: fields and files, as a form, URL-encoded or in JSON. Files go to the disk as they
 * arrive. Text is held in memory, a picture in base64 too, so that all that is held at once has a limit.
 */
import { rm } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';
import { parseObject, readBytes } from './read-body.ts';
import {
  drain,
  FORM_BYTES,
  type ReceivedFile,
  readableError,
  receiveFile,
  refuseEncoding,
  tooLarge,
} from './receive-picture.ts';

export type ReceivedBody = {
  /** Of several of one name, the last. */
  readonly fields: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, ReceivedFile>>;
};

export type BodyReception = {
  readonly request: FastifyRequest;
  readonly maxFileSize: number;
  readonly fileFields: readonly string[];
  readonly temporaryPath: () => Promise<string>;
};

/** Of the texts of all requests at once: four pictures of 50 MB in base64 are held, a fifth is answered 503. */
const TEXT_MEMORY_BYTES = 300_000_000;

export type BodyReceiver = (reception: BodyReception) => Promise<ReceivedBody>;

export function createBodyReceiver(): BodyReceiver {
  let held = 0;
  return async (reception) => {
    // Three bytes are four characters.
    const textLimit = Math.ceil((reception.maxFileSize * 4) / 3) + FORM_BYTES;
    const reserved = reserveText(reception.request, textLimit);
    if (held > 0 && held + reserved > TEXT_MEMORY_BYTES) {
      throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: 2 });
    }
    held += reserved;
    try {
      return await receive(reception, textLimit);
    } finally {
      held -= reserved;
    }
  };
}

const isOfType = (request: FastifyRequest, type: string): boolean =>
  (request.headers['content-type'] ?? '').toLowerCase().split(';')[0]?.trim() === type;

/** What the request may come to hold: as much as it says, or all that it may. A form sends its picture as a file. */
function reserveText(request: FastifyRequest, limit: number): number {
  if (isOfType(request, 'multipart/form-data')) return FORM_BYTES;
  return Math.min(Number(request.headers['content-length'] ?? limit), limit);
}

async function receive(reception: BodyReception, textLimit: number): Promise<ReceivedBody> {
  const { request } = reception;
  refuseEncoding(request);
  const paths: string[] = [];
  try {
    if (isOfType(request, 'multipart/form-data')) return await receiveForm(reception, textLimit, paths);
    const body = await readBytes(request, textLimit, () => tooLarge(reception.maxFileSize));
    const text = body.toString('utf8');
    if (isOfType(request, 'application/json')) return { fields: parseJson(text), files: {} };
    return { fields: Object.fromEntries(new URLSearchParams(text)), files: {} };
  } catch (error) {
    drain(request);
    await Promise.all(paths.map((path) => rm(path, { force: true })));
    throw readableError(error);
  }
}

async function receiveForm(reception: BodyReception, textLimit: number, paths: string[]): Promise<ReceivedBody> {
  const { request, maxFileSize, fileFields, temporaryPath } = reception;
  const fields: Record<string, string> = Object.create(null);
  const files: Record<string, ReceivedFile> = Object.create(null);
  const limits = { fileSize: Number.POSITIVE_INFINITY, fields: 100, files: 10, parts: 110, fieldSize: textLimit };
  let textLeft = textLimit;
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      const value = String(part.value ?? '');
      textLeft -= value.length;
      if (part.valueTruncated || textLeft < 0) throw tooLarge(maxFileSize);
      fields[part.fieldname] = value;
    } else if (!fileFields.includes(part.fieldname) || files[part.fieldname]) {
      part.file.resume();
    } else {
      const path = await temporaryPath();
      paths.push(path);
      const head = await receiveFile(part.file, path, maxFileSize);
      // A form sends an empty file where none was chosen.
      if (head.length > 0) files[part.fieldname] = { path, head };
      else await rm(path, { force: true });
    }
  }
  return { fields, files };
}

/** One level of values: null is absent, numbers and booleans are as good as their text. */
function parseJson(text: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const [name, given] of Object.entries(text.trim() === '' ? {} : parseObject(text))) {
    if (given === null) continue;
    if (typeof given === 'object') throw new RemuvrError('invalid_parameter', `The value of "${name}" must be text.`);
    fields[name] = String(given);
  }
  return fields;
}
