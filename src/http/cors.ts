/** CORS for every route and every answer, errors included: the API is called from pages of any origin. */
import type { FastifyReply } from 'fastify';

/** A `*` does not cover Authorization, so the headers are named. */
const ALLOWED = [
  'Authorization',
  'X-API-Key',
  'Content-Type',
  'Accept',
  'Prefer',
  'Idempotency-Key',
  'X-Request-Id',
  'Range',
  'If-Range',
  'If-None-Match',
].join(', ');

/** What a page of another origin may read. */
export const EXPOSED_HEADERS = [
  'X-Job-Id',
  'Link',
  'Location',
  'X-Width',
  'X-Height',
  'X-Foreground-Top',
  'X-Foreground-Left',
  'X-Foreground-Width',
  'X-Foreground-Height',
  'X-Confidence',
  'X-Credits-Charged',
  'X-Type',
  'X-Max-Width',
  'X-Max-Height',
  'RateLimit',
  'RateLimit-Policy',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
  'Server-Timing',
  'X-Request-Id',
  'WWW-Authenticate',
  'Content-Length',
  'Content-Range',
  'Accept-Ranges',
  'ETag',
].join(', ');

/** Never Allow-Credentials: no cookie is asked for, and `*` may not go with one. */
export function setCorsHeaders(reply: FastifyReply): void {
  reply.header('Access-Control-Allow-Origin', '*');
  reply.header('Access-Control-Expose-Headers', EXPOSED_HEADERS);
  // Without it a page of another origin reads zeros from Server-Timing.
  reply.header('Timing-Allow-Origin', '*');
}

export async function answerPreflight(reply: FastifyReply, methods: readonly string[]): Promise<FastifyReply> {
  return reply
    .code(204)
    .header('Access-Control-Allow-Methods', methods.join(', '))
    .header('Access-Control-Allow-Headers', ALLOWED)
    .header('Access-Control-Max-Age', '86400')
    .send();
}
