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

/** Throws `invalid_parameter` where the text is no JSON object, or holds a NUL character, which PostgreSQL keeps in no text. */
export function parseBody(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text, refuseNul);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof RemuvrError) throw error;
    // Told below, like any other value that is no object.
  }
  throw new RemuvrError('invalid_parameter', 'The body must be an object in JSON.');
}

function refuseNul(name: string, value: unknown): unknown {
  if (name.includes('\0') || (typeof value === 'string' && value.includes('\0')))
    throw new RemuvrError('invalid_parameter', 'No text of the body may hold a NUL character.');
  return value;
}
