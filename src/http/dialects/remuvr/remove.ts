/** POST /remove and /v1/remove: a picture in, its cutout out, or the job that will make it. */
import { rm } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { removalParameters } from '../../../contract/schemas.ts';
import { RemuvrError } from '../../../domain/errors.ts';
import { decideUpload } from '../../../domain/upload.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { submitRemoval } from '../../../services/submit-removal.ts';
import { waitForJob } from '../../../services/wait-for-job.ts';
import { admissionOf } from '../../authenticate.ts';
import { abortOnHangUp } from '../../hang-up.ts';
import { parseParameters } from '../../parse-parameters.ts';
import { type ReceivedPicture, receivePicture } from '../../receive-picture.ts';
import { type JobViewSettings, viewJob } from './job-view.ts';
import { answerRemoval } from './removal-answer.ts';

export type RemoveSettings = JobViewSettings & {
  readonly maxPixels: number;
  readonly maxUploads: number;
  readonly syncTimeoutSeconds: number;
  /** Aborted when the server stops: whoever waits for a job is then answered that it goes on. */
  readonly stopping: AbortSignal;
};

const POLL_SECONDS = 1;

export function createRemove(ctx: ServiceContext, settings: RemoveSettings) {
  let uploads = 0;

  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { caller, now } = admissionOf(request);
    if (!caller.canRemove) throw new RemuvrError('plan_required');
    if (uploads >= settings.maxUploads) throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: 1 });
    uploads++;
    let picture: ReceivedPicture;
    try {
      const temporaryPath = () => ctx.storage.temporaryPath();
      picture = await receivePicture({ request, maxFileSize: caller.maxFileSize, temporaryPath });
    } finally {
      uploads--;
    }
    const isAsyncPreferred = /(^|[\s,;])respond-async($|[\s,;])/i.test(String(request.headers.prefer ?? ''));
    let isAsync: boolean;
    let jobId: string;
    try {
      const given = { ...(request.query as Record<string, unknown>), ...picture.fields };
      const { format, output, async } = parseParameters(removalParameters, given);
      const refusal = decideUpload(picture.head, settings.maxPixels);
      if (refusal) throw new RemuvrError(refusal.code, refusal.message);
      isAsync = isAsyncPreferred || async === 'true' || async === '1';
      const options = { format, output };
      jobId = (await submitRemoval({ ctx, caller, uploadPath: picture.path, options, now })).id;
    } catch (error) {
      await rm(picture.path, { force: true });
      throw error;
    }
    const timeoutMs = isAsync ? 0 : settings.syncTimeoutSeconds * 1000;
    const signal = abortOnHangUp(reply, settings.stopping);
    const job = await waitForJob({ ctx, accountId: caller.accountId, jobId, timeoutMs, signal });
    reply.header('X-Job-Id', jobId).header('Link', `</v1/status/${jobId}>; rel="status"`);
    if (!job) throw new RemuvrError('processing_failed');
    if (!isAsync && job.status !== 'processing') return await answerRemoval({ ctx, request, reply, job, settings });
    return reply
      .code(202)
      .header('Location', `/v1/status/${jobId}`)
      .header('Retry-After', String(POLL_SECONDS))
      .send({ status: 'success', job: viewJob({ ...job, status: 'processing', completedAt: null }, settings) });
  };
}
