/** The answer of a removal as remove.bg gives it: the bytes, or JSON with the picture in base64. */
import { buffer } from 'node:stream/consumers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maxPixelsOf } from '../../../domain/edit-options.ts';
import { ERROR_MESSAGES, RemuvrError } from '../../../domain/errors.ts';
import { readImageHeader } from '../../../domain/image-header.ts';
import { type Job, type JobReport, jobCredits, resultContentType, resultKey } from '../../../domain/job.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { mediaTypeQuality } from '../../media-type-quality.ts';

type Answer = {
  readonly ctx: ServiceContext;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly job: Job;
  /** Of the picture that was sent. */
  readonly head: Uint8Array;
  readonly type: string | undefined;
};

export async function answerRemovebg({ ctx, request, reply, job, head, type }: Answer): Promise<FastifyReply> {
  reply.header('X-Credits-Charged', String(jobCredits(job)));
  if (job.status === 'failed' || !job.report) {
    const code = job.errorCode ?? 'processing_failed';
    throw new RemuvrError(code, job.errorMessage ?? ERROR_MESSAGES[code]);
  }
  const { report } = job;
  setHeaders(reply, report);
  if (type !== undefined) reply.header('X-Type', type);
  const largest = findLargest(head, report, job.options.format);
  if (largest) reply.headers({ 'X-Max-Width': String(largest.width), 'X-Max-Height': String(largest.height) });
  const bytes = await ctx.storage.read(resultKey(job));
  if (!bytes) throw new RemuvrError('processing_failed');
  const contentType = resultContentType(job);
  const { accept } = request.headers;
  if (mediaTypeQuality(accept, 'application/json') <= mediaTypeQuality(accept, contentType)) {
    return reply.type(contentType).header('Content-Length', report.byteLength).send(bytes);
  }
  const { top, left, width, height } = report.foreground;
  return reply.send({
    data: {
      result_b64: (await buffer(bytes)).toString('base64'),
      foreground_top: top,
      foreground_left: left,
      foreground_width: width,
      foreground_height: height,
    },
  });
}

function setHeaders(reply: FastifyReply, { width, height, foreground }: JobReport): void {
  reply.headers({
    'X-Width': String(width),
    'X-Height': String(height),
    'X-Foreground-Top': String(foreground.top),
    'X-Foreground-Left': String(foreground.left),
    'X-Foreground-Width': String(foreground.width),
    'X-Foreground-Height': String(foreground.height),
  });
}

/** What `size=full` would give without a crop. The head says how the picture is stored, the report which way is up. */
function findLargest(head: Uint8Array, report: JobReport, format: string) {
  const header = readImageHeader(head);
  if (header.format === 'unknown' || !header.width || !header.height) return undefined;
  const isTurned = header.width > header.height !== report.width > report.height;
  const [width, height] = isTurned ? [header.height, header.width] : [header.width, header.height];
  const factor = Math.min(1, Math.sqrt(maxPixelsOf('full', format) / (width * height)));
  return { width: Math.floor(width * factor), height: Math.floor(height * factor) };
}
