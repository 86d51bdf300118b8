/** The Idempotency-Key of a request, and what its body comes to: files by their bytes, so that boundaries do not count. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';
import type { RemovalOptions } from '../domain/removal-options.ts';
import type { Idempotency } from '../services/first-request.ts';

type Body = {
  readonly paths: readonly (string | undefined)[];
  /** Of what is no file of `paths`. */
  readonly content?: string;
  readonly options: RemovalOptions;
  readonly webhookUrl?: string | undefined;
  /** A test key's result is another one. */
  readonly isTest: boolean;
};

/** Undefined where the request has none. */
export async function readIdempotency(request: FastifyRequest, body: Body): Promise<Idempotency | undefined> {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new RemuvrError('invalid_parameter', 'The header Idempotency-Key must be 1 to 255 printable characters.');
  }
  const { webhookUrl, content } = body;
  const fingerprint = createHash('sha256').update(
    JSON.stringify([body.options, body.isTest, webhookUrl, content].filter((part) => part !== undefined)),
  );
  for (const path of body.paths) fingerprint.update(path === undefined ? 'none' : await digestFile(path));
  return { keyHash: createHash('sha256').update(key).digest(), fingerprint: fingerprint.digest() };
}

async function digestFile(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest();
}
