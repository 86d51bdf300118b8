/** The JSON body of a request of the dashboard. */
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../../domain/errors.ts';

const BODY_BYTES = 65_536;

/** Empty where there is no body. Throws `invalid_parameter` where it is too large. */
export async function readBody(request: FastifyRequest): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of (request.body ?? []) as Readable) {
    size += (piece as Buffer).length;
    if (size > BODY_BYTES) throw new RemuvrError('invalid_parameter', 'The body is larger than 64 kB.');
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Throws `invalid_parameter` where the text is no JSON object. */
export function parseBody(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, like any other value that is no object.
  }
  throw new RemuvrError('invalid_parameter', 'The body must be an object in JSON.');
}
