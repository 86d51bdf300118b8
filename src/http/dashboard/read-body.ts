/** A small body, held in memory. */
import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../../domain/errors.ts';

const BODY_BYTES = 65_536;

/** Empty where there is no body. Throws `invalid_parameter` where it is too large. */
export async function readBody(request: FastifyRequest): Promise<string> {
  return (await readBytes(request, BODY_BYTES)).toString('utf8');
}

export async function readBytes(request: FastifyRequest, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of (request.body ?? []) as Readable) {
    size += (piece as Buffer).length;
    if (size > most) throw new RemuvrError('invalid_parameter', `The body is larger than ${most / 1024} kB.`);
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
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
