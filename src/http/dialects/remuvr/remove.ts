/** POST /remove and /v1/remove: a picture in, its cutout out, or the job that will make it. */
import { rm } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { removalParameters } from '../../../contract/schemas.ts';
import { RemuvrError } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job.ts';
import type { Quality } from '../../../domain/removal-options.ts';
import { decideUpload } from '../../../domain/upload.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { isOutage } from '../../../services/outage.ts';
import { submitRemoval } from '../../../services/submit-removal.ts';
import { waitForJob } from '../../../services/wait-for-job.ts';
import { type Admission, admissionOf } from '../../authenticate.ts';
import { abortOnHangUp } from '../../hang-up.ts';
import { parseParameters } from '../../parse-parameters.ts';
import { type ReceivedPicture, receivePicture } from '../../receive-picture.ts';
import { type JobViewSettings, viewJob } from './job-view.ts';
import { answerRemoval } from './removal-answer.ts';

export type RemoveSettings = JobViewSettings & {
  readonly maxPixels: number;
  readonly maxUploads: number;
  /** Of a request that names none, by a key that has none. */
  readonly quality: Quality;
  readonly syncTimeoutSeconds: number;
  /** Aborted when the server stops: whoever waits for a job is then answered that it goes on. */
  readonly stopping: AbortSignal;
};

const POLL_SECONDS = 1;

export function createRemove(ctx: ServiceContext, settings: RemoveSettings) {
  let uploads = 0;

  const receive = async (request: FastifyRequest, maxFileSize: number): Promise<ReceivedPicture> => {
    if (uploads >= settings.maxUploads) throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: 1 });
    uploads++;
    try {
      return await receivePicture({ request, maxFileSize, temporaryPath: () => ctx.storage.temporaryPath() });
    } finally {
      uploads--;
    }
  };

  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { caller, now } = admissionOf(request);
    if (!caller.canRemove) throw new RemuvrError('plan_required');
    const picture = await receive(request, caller.maxFileSize);
    const { accepted, isAsync } = await submitPicture(ctx, settings, { request, picture, caller, now });
    reply.header('X-Job-Id', accepted.id).header('Link', `</v1/status/${accepted.id}>; rel="status"`);
    if (!isAsync) {
      const job = await waitForAnswer(ctx, settings, reply, accepted);
      if (job.status !== 'processing') return await answerRemoval({ ctx, request, reply, job, settings });
    }
    return reply
      .code(202)
      .header('Location', `/v1/status/${accepted.id}`)
      .header('Retry-After', String(POLL_SECONDS))
      .send({ status: 'success', job: viewJob(accepted, settings) });
  };
}

type Picture = Admission & { readonly request: FastifyRequest; readonly picture: ReceivedPicture };

/** From here on the picture is a job, or it is deleted. */
async function submitPicture(ctx: ServiceContext, settings: RemoveSettings, given: Picture) {
  const { request, picture, caller, now } = given;
  try {
    const parameters = { ...(request.query as Record<string, unknown>), ...picture.fields };
    const asked = parseParameters(removalParameters, parameters);
    const refusal = decideUpload(picture.head, settings.maxPixels);
    if (refusal) throw new RemuvrError(refusal.code, refusal.message);
    const options = {
      format: asked.format,
      output: asked.output,
      quality: asked.quality ?? caller.quality ?? settings.quality,
      minConfidence: asked.min_confidence,
    };
    const accepted = await submitRemoval({ ctx, caller, uploadPath: picture.path, options, now });
    return { accepted, isAsync: asked.async === 'true' || asked.async === '1' || prefersAsync(request) };
  } catch (error) {
    await rm(picture.path, { force: true });
    throw error;
  }
}

const prefersAsync = (request: FastifyRequest): boolean =>
  /(^|[\s,;])respond-async($|[\s,;])/i.test(String(request.headers.prefer ?? ''));

/** The job when it has ended, or as it was accepted when the time is up; a database that is away then changes nothing. */
async function waitForAnswer(
  ctx: ServiceContext,
  settings: RemoveSettings,
  reply: FastifyReply,
  accepted: Job,
): Promise<Job> {
  const { accountId, id: jobId } = accepted;
  const signal = abortOnHangUp(reply, settings.stopping);
  try {
    const timeoutMs = settings.syncTimeoutSeconds * 1000;
    return (await waitForJob({ ctx, accountId, jobId, timeoutMs, signal })) ?? accepted;
  } catch (error) {
    if (isOutage(error)) return accepted;
    throw error;
  }
}
