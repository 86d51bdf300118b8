/** GET /processed/NAME: the link is the permission. Conditional and range requests as RFC 9110 has them. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';
import { resultContentType, resultKey } from '../domain/job.ts';
import type { ServiceContext } from '../services/context.ts';
import { findResult } from '../services/find-result.ts';
import { parseRange } from './parse-range.ts';

export function createResults(ctx: ServiceContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { name } = request.params as { name: string };
    const now = new Date();
    const found = await findResult({ ctx, fileName: name, now });
    if (found.kind === 'unknown') throw new RemuvrError('not_found', 'There is no such result.');
    if (found.kind === 'expired') throw new RemuvrError('gone');
    const { job, object } = found;
    // A name is written once, so the name is the version.
    const etag = `"${job.resultName}"`;
    const maxAge = Math.floor((found.expiresAt.getTime() - now.getTime()) / 1000);
    reply.headers({
      ETag: etag,
      'Cache-Control': `private, max-age=${maxAge}, immutable`,
      'Accept-Ranges': 'bytes',
      'X-Content-Type-Options': 'nosniff',
    });
    if (hasEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
    const ifRange = request.headers['if-range'];
    const range = ifRange && ifRange !== etag ? undefined : parseRange(request.headers.range, object.size);
    if (range === 'unsatisfiable') return reply.code(416).header('Content-Range', `bytes */${object.size}`).send();
    reply.type(resultContentType(job));
    reply.header('Content-Length', range ? range.end - range.start + 1 : object.size);
    if (range) reply.code(206).header('Content-Range', `bytes ${range.start}-${range.end}/${object.size}`);
    if (request.method === 'HEAD') return reply.send();
    const bytes = await ctx.storage.read(resultKey(job), range);
    if (!bytes) throw new RemuvrError('gone');
    return reply.send(bytes);
  };
}

function hasEtag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
