/** Waits until a job has ended: woken by NOTIFY from whichever process ended it, and looking again after every doubt. */
import { isDatabaseLost } from '../store/database-lost.ts';
import { findJob, type StoredJob } from '../store/jobs.ts';
import { JOB_ENDED } from '../store/notifications.ts';
import type { ServiceContext } from './context.ts';
import { createWakeUp } from './wake-up.ts';

/** A notification can be lost with its connection; then the wait is longer by at most this. */
const LOOK_AGAIN_MS = 2_000;

/** The job as it is when it has ended, or when `timeoutMs` or the signal ends the wait. Undefined: no such job. */
export async function waitForJob(input: {
  ctx: ServiceContext;
  accountId: string;
  jobId: string;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<StoredJob | undefined> {
  const { ctx, accountId, jobId, timeoutMs, signal } = input;
  const deadline = performance.now() + timeoutMs;
  const wakeUp = createWakeUp(signal);
  const unsubscribe = ctx.notifications.subscribe(JOB_ENDED, (endedId) => {
    if (endedId === undefined || endedId === jobId) wakeUp.ring();
  });
  try {
    for (;;) {
      const leftMs = deadline - performance.now();
      const job = await findUnlessLost(ctx, accountId, jobId, leftMs > 0);
      if (job !== 'lost' && (job?.status !== 'processing' || leftMs <= 0 || signal.aborted)) return job;
      await wakeUp.wait(Math.min(Math.max(leftMs, 50), job === 'lost' ? 250 : LOOK_AGAIN_MS));
    }
  } finally {
    unsubscribe();
    wakeUp.close();
  }
}

/** While there is time left, a database that is away is waited for. */
async function findUnlessLost(ctx: ServiceContext, accountId: string, jobId: string, canWait: boolean) {
  try {
    return await findJob(ctx.database, accountId, jobId);
  } catch (error) {
    if (canWait && isDatabaseLost(error)) return 'lost';
    throw error;
  }
}
