/** An error of the remove.bg dialect, and its answer. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, RemuvrError } from '../../../domain/errors.ts';
import { REMOVEBG_ERRORS, REMOVEBG_NAMES, type RemovebgCode } from './codes.ts';

/** Thrown where their code says more than ours. */
export class RemovebgRefusal extends RemuvrError {
  readonly removebgCode: RemovebgCode;

  constructor(removebgCode: RemovebgCode, message: string, code: ErrorCode = 'invalid_parameter') {
    super(code, message);
    this.name = 'RemovebgRefusal';
    this.removebgCode = removebgCode;
  }
}

const REMOVEBG_PREFIX = '/v1.0/';

export const isRemovebgPath = (url: string): boolean => url.startsWith(REMOVEBG_PREFIX);

function codeOf(error: RemuvrError): RemovebgCode {
  if (error instanceof RemovebgRefusal) return error.removebgCode;
  const name = REMOVEBG_NAMES[error.code] ?? error.code;
  return Object.hasOwn(REMOVEBG_ERRORS, name) ? (name as RemovebgCode) : 'internal_error';
}

/** `Retry-After` is there already, where there is one. */
export function answerRemovebgError(error: RemuvrError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const code = codeOf(error);
  const [status, title] = REMOVEBG_ERRORS[code];
  const body = { errors: [{ title, code, detail: error.message }] };
  if (status >= 500) request.log.warn({ code }, 'a request in the dialect of remove.bg failed');
  return reply.code(status).type('application/json').send(JSON.stringify(body));
}
