/** The answer of a removal that has ended: its bytes with their headers, JSON where it was asked for, or its error. */
import { pipeline, type Readable, Transform } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_MESSAGES, RemuvrError } from '../../../domain/errors.ts';
import { type Job, type JobReport, jobCredits, resultContentType, resultKey } from '../../../domain/job.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { mediaTypeQuality } from '../../media-type-quality.ts';
import { type JobViewSettings, viewJob } from './job-view.ts';

type Answer = {
  readonly ctx: ServiceContext;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly job: Job;
  readonly settings: JobViewSettings;
  /** Of a dialect that has no JSON. */
  readonly isPicture?: boolean;
};

export async function answerRemoval({ ctx, request, reply, job, settings, isPicture }: Answer): Promise<FastifyReply> {
  reply.header('X-Credits-Charged', String(jobCredits(job)));
  if (job.status === 'failed' || !job.report) {
    const code = job.errorCode ?? 'processing_failed';
    throw new RemuvrError(code, job.errorMessage ?? ERROR_MESSAGES[code]);
  }
  setReportHeaders(reply, job.report);
  const bytes = await ctx.storage.read(resultKey(job));
  if (!bytes) throw new RemuvrError('gone');
  const contentType = resultContentType(job);
  const { accept } = request.headers;
  // At equal weight the picture wins: several HTTP clients name JSON, and then everything, in each request that they send.
  if (isPicture || mediaTypeQuality(accept, 'application/json') <= mediaTypeQuality(accept, contentType)) {
    return reply.type(contentType).header('Content-Length', job.report.byteLength).send(bytes);
  }
  const view = JSON.stringify(viewJob(job, settings));
  return reply.type('application/json').send(streamJson(view, bytes));
}

function setReportHeaders(reply: FastifyReply, report: JobReport): void {
  const { foreground, confidence, timings, queueMs } = report;
  const { decode, infer, refine, encode } = timings;
  const stages = Object.entries({ queue: queueMs, decode, infer, refine, encode });
  reply.headers({
    'X-Width': String(report.width),
    'X-Height': String(report.height),
    'X-Foreground-Top': String(foreground.top),
    'X-Foreground-Left': String(foreground.left),
    'X-Foreground-Width': String(foreground.width),
    'X-Foreground-Height': String(foreground.height),
    ...(confidence === undefined ? {} : { 'X-Confidence': confidence.toFixed(2) }),
    'Server-Timing': stages.map(([name, ms]) => `${name};dur=${Math.round(ms * 10) / 10}`).join(', '),
  });
}

/** A result of many megabytes becomes base64 as it is read, so that it is never whole in memory. */
function streamJson(view: string, bytes: Readable): Readable {
  let rest: Buffer = Buffer.alloc(0);
  const encode = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const all = Buffer.concat([rest, chunk]);
      // Three bytes are four characters: what is left over begins the next piece.
      const whole = all.length - (all.length % 3);
      rest = all.subarray(whole);
      done(null, all.toString('base64', 0, whole));
    },
    flush(done) {
      done(null, `${rest.toString('base64')}"}}`);
    },
  });
  encode.push(`{"status":"success","job":${view},"data":{"result_b64":"`);
  // Not pipe: a client that hangs up ends `encode`, and only a pipeline then closes the file behind it.
  return pipeline(bytes, encode, () => {});
}
