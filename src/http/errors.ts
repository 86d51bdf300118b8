/** The only map from an error code to a status, and the only place where an error becomes an answer. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isDiskFull } from '../domain/disk-full.ts';
import { ERROR_MESSAGES, type ErrorCode, RemuvrError } from '../domain/errors.ts';
import { type Outage, outageOf } from '../services/outage.ts';
import { isDashboardPath } from './dashboard/paths.ts';
import { answerRemovebgError, isRemovebgPath } from './dialects/removebg/refusal.ts';
import { mediaTypeQuality } from './media-type-quality.ts';

const STATUS = {
  invalid_parameter: 400,
  missing_file: 400,
  invalid_source_url: 400,
  source_unavailable: 400,
  invalid_webhook_url: 400,
  invalid_image: 400,
  invalid_archive: 400,
  unsupported_format: 400,
  too_many_pixels: 400,
  low_confidence: 400,
  unknown_foreground: 400,
  roi_exceeds_bounds: 400,
  roi_region_empty: 400,
  invalid_background: 400,
  invalid_api_key: 401,
  not_signed_in: 401,
  payment_required: 402,
  cross_origin: 403,
  account_suspended: 403,
  key_restricted: 403,
  plan_required: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  billing_conflict: 409,
  idempotency_conflict: 409,
  cancelled: 409,
  batch_unfinished: 409,
  gone: 410,
  file_too_large: 413,
  range_not_satisfiable: 416,
  rate_limit_exceeded: 429,
  quota_exceeded: 429,
  processing_failed: 500,
  internal_error: 500,
  billing_unavailable: 503,
  overloaded: 503,
} as const satisfies Record<ErrorCode, number>;

export const statusOf = (code: ErrorCode): number => STATUS[code];

export const errorBodyOf = (error: RemuvrError, requestId: string) => ({
  status: 'error' as const,
  code: error.code,
  message: error.message,
  requestId,
});

type Refusal = { readonly message: string; readonly retryAfterSeconds: number };

/** Where an upload arrives, or where it is to stay. */
const FULL: Refusal = { message: 'The server has no room for the picture at present.', retryAfterSeconds: 30 };

const OUTAGES: Readonly<Record<Outage, Refusal>> = {
  database: {
    message: 'The database of this server cannot be used at present. Send the request again later.',
    retryAfterSeconds: 2,
  },
  storage: {
    message: 'The storage of this server cannot be used at present. Send the request again later.',
    retryAfterSeconds: 2,
  },
  'storage full': FULL,
};

/** Of errors that are not ours, nothing but their kind is told: their texts may name paths, SQL or libraries. */
function toRemuvrError(error: unknown): RemuvrError {
  if (error instanceof RemuvrError) return error;
  const outage = outageOf(error);
  const refusal = outage ? OUTAGES[outage] : isDiskFull(error) ? FULL : undefined;
  if (refusal) return new RemuvrError('overloaded', refusal.message, refusal);
  const { statusCode: status } = error as Partial<FastifyError>;
  if (status === 413) return new RemuvrError('file_too_large');
  if (status === 408) return new RemuvrError('request_timeout');
  if (status !== undefined && status >= 400 && status < 500) {
    return new RemuvrError('invalid_parameter', 'The request is malformed and could not be read.');
  }
  return new RemuvrError('internal_error');
}

/** Only where it is named: whoever takes anything gets the form that the documentation shows. */
function wantsProblem(accept: string | undefined): boolean {
  return /application\/problem\+json/i.test(accept ?? '') && mediaTypeQuality(accept, 'application/problem+json') > 0;
}

export async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const known = toRemuvrError(error);
  const status = statusOf(known.code);
  if (known !== error && status >= 500) request.log.error({ err: error }, 'a request failed unexpectedly');
  if (known.retryAfterSeconds !== undefined) reply.header('Retry-After', String(known.retryAfterSeconds));
  if (isRemovebgPath(request.url)) return answerRemovebgError(known, request, reply);
  if (known.code === 'invalid_api_key') reply.header('WWW-Authenticate', 'Bearer');
  reply.code(status);
  if (isDashboardPath(request.url)) {
    const { code, message } = known;
    return reply.type('application/json').send(JSON.stringify({ error: { code, message, requestId: request.id } }));
  }
  if (wantsProblem(request.headers.accept)) {
    const { code, message } = known;
    const problem = { type: `urn:remuvr:error:${code}`, title: ERROR_MESSAGES[code], status, detail: message, code };
    return reply.type('application/problem+json').send(JSON.stringify({ ...problem, requestId: request.id }));
  }
  return reply.type('application/json').send(JSON.stringify(errorBodyOf(known, request.id)));
}
