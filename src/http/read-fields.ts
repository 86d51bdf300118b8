/** Parameters in a small body without files: JSON or URL-encoded, as the values that a form would send. */
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';
import { parseObject, readBytes } from './read-body.ts';

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
  const text = `A body without files may hold ${FIELDS_BYTES} bytes; send a picture as a file.`;
  return (await readBytes(request, FIELDS_BYTES, () => new RemuvrError('file_too_large', text))).toString('utf8');
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
  const given = Object.entries(parseObject(text)).filter(([, field]) => field !== null);
  return Object.fromEntries(given.map(([name, field]) => [name, toText(field)]));
}

const toText = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
