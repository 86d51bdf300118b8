/** GET /processed/NAME: the link is the permission. Conditional and range requests as RFC 9110 has them. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';
import { type Job, resultContentType, resultKey } from '../domain/job.ts';
import type { ServiceContext } from '../services/context.ts';
import { findResult } from '../services/find-result.ts';
import { parseRange } from './parse-range.ts';

export function createResults(ctx: ServiceContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { name } = request.params as { name: string };
    const found = await findResult({ ctx, fileName: name });
    if (found.kind === 'unknown') throw new RemuvrError('not_found', 'There is no such result.');
    if (found.kind === 'expired') throw new RemuvrError('gone');
    const { job, object, remainingSeconds: remaining } = found;
    // A name is written once, so the name is the version.
    const etag = `"${job.resultName}"`;
    const isHead = request.method === 'HEAD';
    const isKnown = hasEtag(request.headers['if-none-match'], etag);
    const range = isHead || isKnown ? undefined : rangeOf(request, etag, object.size);
    if (range === 'unsatisfiable') {
      reply.header('Content-Range', `bytes */${object.size}`);
      throw new RemuvrError('range_not_satisfiable');
    }
    const link = isHead || isKnown ? undefined : await linkToStore(ctx, job, remaining);
    // Not to be kept: the signature runs out before the result does.
    if (link !== undefined) return reply.header('Cache-Control', 'private, no-store').redirect(link, 302);
    // Read before a header says how long the answer may be kept: the result can expire in between.
    const bytes = isHead || isKnown ? nothing() : await ctx.storage.read(resultKey(job), range);
    if (!bytes) throw new RemuvrError('gone');
    reply.headers({
      ETag: etag,
      'Cache-Control': cacheControlFor(remaining),
      'Accept-Ranges': 'bytes',
      'X-Content-Type-Options': 'nosniff',
    });
    if (isKnown) return reply.code(304).send(bytes);
    reply.type(resultContentType(job));
    reply.header('Content-Length', range ? range.end - range.start + 1 : object.size);
    if (range) reply.code(206).header('Content-Range', `bytes ${range.start}-${range.end}/${object.size}`);
    return reply.send(bytes);
  };
}

/** Time enough to begin a download; who comes back later has the address of this server. */
const LINK_SECONDS = 300;

const cacheControlFor = (seconds: number): string => `private, max-age=${seconds}, immutable`;

/** Ranges are the store's matter then. */
async function linkToStore(ctx: ServiceContext, job: Job, remaining: number): Promise<string | undefined> {
  return await ctx.storage.link(resultKey(job), {
    contentType: resultContentType(job),
    cacheControl: cacheControlFor(remaining),
    expiresInSeconds: Math.max(1, Math.min(LINK_SECONDS, remaining)),
  });
}

/** A range is for GET alone (RFC 9110, 14.2), and only for the version that If-Range names. */
function rangeOf(request: FastifyRequest, etag: string, size: number): ReturnType<typeof parseRange> {
  const ifRange = request.headers['if-range'];
  return ifRange && ifRange !== etag ? undefined : parseRange(request.headers.range, size);
}

/** A stream, because for anything else Fastify writes its length, 0, in place of the result's. */
const nothing = (): Readable => Readable.from([]);

/** Whether If-None-Match names the version that would be sent. */
export function hasEtag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
