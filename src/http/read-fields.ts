/** Parameters in a small body without files: JSON or URL-encoded, as the values that a form would send. */
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';

const JSON_TYPE = /^application\/json\b/i;
const URL_ENCODED = /^application\/x-www-form-urlencoded\b/i;

/** What a body may weigh beside its files. */
export const FIELDS_BYTES = 1_048_576;

/** Undefined where the body is of another type, and has not been read. */
export async function readFields(request: FastifyRequest): Promise<Record<string, unknown> | undefined> {
  const type = request.headers['content-type'] ?? '';
  if (JSON_TYPE.test(type)) return parseJson(await readText(request));
  return URL_ENCODED.test(type) ? parseUrlEncoded(await readText(request)) : undefined;
}

async function readText(request: FastifyRequest): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request.raw.iterator({ destroyOnReturn: false })) {
    size += (piece as Buffer).length;
    if (size > FIELDS_BYTES) {
      throw new RemuvrError(
        'file_too_large',
        `A body without files may hold ${FIELDS_BYTES} bytes; send a picture as a file.`,
      );
    }
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** A list where a name is there more than once. */
function parseUrlEncoded(text: string): Record<string, unknown> {
  const given = new URLSearchParams(text);
  const names = [...new Set(given.keys())];
  return Object.fromEntries(
    names.map((name) => [name, given.getAll(name).length > 1 ? given.getAll(name) : given.get(name)]),
  );
}

/** Numbers and booleans are as good as their text, and null is absent. */
function parseJson(text: string): Record<string, unknown> {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnObject();
  const given = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(given.map(([name, field]) => [name, toText(field)]));
}

const toText = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAnObject();
  }
}

const notAnObject = (): RemuvrError => new RemuvrError('invalid_parameter', 'The body must be an object in JSON.');
