/** A body that is no picture's file, held in memory. */
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';

/** Throws what `tooLarge` makes of a body over `most` bytes, and leaves the rest to be drained: its sender reads the answer after. */
export async function readBytes(request: FastifyRequest, most: number, tooLarge: () => RemuvrError): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge();
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request.raw.iterator({ destroyOnReturn: false })) {
    size += (piece as Buffer).length;
    if (size > most) throw tooLarge();
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

/** For a small body that names its own limit. */
export function largerThan(most: number): RemuvrError {
  return new RemuvrError('invalid_parameter', `The body is larger than ${most / 1024} kB.`);
}

/** Throws `invalid_parameter` where the text is no object in JSON. `revive` may refuse a value as JSON.parse meets it. */
export function parseObject(text: string, revive?: (name: string, value: unknown) => unknown): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text, revive);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof RemuvrError) throw error;
    // Told below, like any other value that is no object.
  }
  throw new RemuvrError('invalid_parameter', 'The body must be an object in JSON.');
}
