/** Holds a synchronous call until its job has ended, in every dialect alike. */
import type { FastifyReply } from 'fastify';
import type { Job } from '../domain/job.ts';
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { waitForJob } from '../services/wait-for-job.ts';
import { abortOnHangUp } from './hang-up.ts';

export type WaitSettings = {
  readonly syncTimeoutSeconds: number;
  /** Aborted when the server stops: whoever waits for a job is then answered that it goes on. */
  readonly stopping: AbortSignal;
};

/** Where the job of this answer is found, whatever becomes of the wait. */
export function nameJob(reply: FastifyReply, { id }: Job): void {
  reply.header('X-Job-Id', id).header('Link', `</v1/status/${id}>; rel="status"`);
}

/** The job when it has ended, or as it was accepted when the time is up; a database that is away then changes nothing. */
export async function waitForAnswer(
  ctx: ServiceContext,
  settings: WaitSettings,
  reply: FastifyReply,
  accepted: Job,
): Promise<Job> {
  const { accountId, id: jobId } = accepted;
  const signal = abortOnHangUp(reply, settings.stopping);
  try {
    const timeoutMs = settings.syncTimeoutSeconds * 1000;
    const wait = () => waitForJob({ ctx, accountId, jobId, timeoutMs, signal });
    return (await ctx.traces.step('wait', {}, wait)) ?? accepted;
  } catch (error) {
    if (isOutage(error)) return accepted;
    throw error;
  }
}
