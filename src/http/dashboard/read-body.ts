/** The small body of a request of the dashboard. */
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../../domain/errors.ts';
import { largerThan, parseObject, readBytes } from '../read-body.ts';

const BODY_BYTES = 65_536;

/** Empty where there is no body. Throws `invalid_parameter` where it is too large. */
export async function readBody(request: FastifyRequest): Promise<string> {
  return (await readBytes(request, BODY_BYTES, () => largerThan(BODY_BYTES))).toString('utf8');
}

/** Throws `invalid_parameter` where the text is no JSON object, or holds a NUL character, which PostgreSQL keeps in no text. */
export const parseBody = (text: string): Record<string, unknown> => parseObject(text, refuseNul);

function refuseNul(name: string, value: unknown): unknown {
  if (name.includes('\0') || (typeof value === 'string' && value.includes('\0')))
    throw new RemuvrError('invalid_parameter', 'No text of the body may hold a NUL character.');
  return value;
}
