/** POST /remove and /v1/remove: a picture in, its cutout out, or the job that will make it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Job } from '../../../domain/job.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { isOutage } from '../../../services/outage.ts';
import { waitForJob } from '../../../services/wait-for-job.ts';
import type { PictureIntake } from '../../accept-picture.ts';
import { admissionOf } from '../../authenticate.ts';
import { abortOnHangUp } from '../../hang-up.ts';
import { type JobViewSettings, viewJob } from './job-view.ts';
import { answerRemoval } from './removal-answer.ts';

export type RemoveSettings = JobViewSettings & {
  readonly syncTimeoutSeconds: number;
  /** Aborted when the server stops: whoever waits for a job is then answered that it goes on. */
  readonly stopping: AbortSignal;
};

const POLL_SECONDS = 1;

export function createRemove(ctx: ServiceContext, settings: RemoveSettings, takePicture: PictureIntake) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { accepted, isAsync } = await takePicture(request, admissionOf(request));
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
