/** A job as it goes on: its place in the queue, its beginning, its end. */
import { findJob, findQueuePosition, type StoredJob } from '../store/jobs.ts';
import { JOB_ENDED } from '../store/notifications.ts';
import type { ServiceContext } from './context.ts';
import { createWakeUp } from './wake-up.ts';

/** Of its end we are told; its place and its beginning are looked for. */
const LOOK_AGAIN_MS = 300;

/** `position`: of a job that no worker has begun. */
export type JobState = { readonly job: StoredJob; readonly position: number | undefined };

/** Each state that differs from the one before. Ends with the job, with the signal, and at once where there is no such job. */
export async function* watchJob(input: {
  ctx: ServiceContext;
  accountId: string;
  jobId: string;
  signal: AbortSignal;
}): AsyncGenerator<JobState> {
  const { ctx, accountId, jobId, signal } = input;
  const wakeUp = createWakeUp(signal);
  const unsubscribe = ctx.notifications.subscribe(JOB_ENDED, (endedId) => {
    if (endedId === undefined || endedId === jobId) wakeUp.ring();
  });
  let shown = '';
  try {
    while (!signal.aborted) {
      const job = await findJob(ctx.database, accountId, jobId);
      if (!job) return;
      const isWaiting = job.status === 'processing' && job.startedAt === null;
      const position = isWaiting ? await findQueuePosition(ctx.database, job) : undefined;
      const state = `${job.status} ${job.startedAt !== null} ${position}`;
      if (state !== shown) yield { job, position };
      if (job.status !== 'processing') return;
      shown = state;
      await wakeUp.wait(LOOK_AGAIN_MS);
    }
  } finally {
    unsubscribe();
    wakeUp.close();
  }
}
