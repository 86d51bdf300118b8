/** The worker's verbs on the queue. */
import type { PutBackReason } from '../domain/metrics.ts';
import { takeBackJobAttempt } from '../store/jobs.ts';
import { JOB_QUEUED } from '../store/notifications.ts';
import type { ClaimedJob } from '../store/queue.ts';
import type { ServiceContext } from './context.ts';

export { LEASE_RENEWAL_MS } from '../store/queue.ts';

/** A job of the preferred priority where one waits, else of the highest that waits. */
export async function claimNextJob(ctx: ServiceContext, preferred: number): Promise<ClaimedJob | undefined> {
  return await ctx.queue.claim(preferred);
}

export async function renewLeases(ctx: ServiceContext, claims: readonly ClaimedJob[]): Promise<void> {
  await ctx.queue.renew(claims);
}

/** The attempt does not count, for the job is not to blame; where its upload is missing it does, for three of them end the job. */
export async function putJobBack(ctx: ServiceContext, claim: ClaimedJob, reason: PutBackReason): Promise<void> {
  await ctx.database.transaction().execute(async (tx) => {
    if (reason !== 'missing_upload') await takeBackJobAttempt(tx, claim.accountId, claim.jobId);
    await ctx.queue.release(tx, claim, reason);
  });
}

/** `listener` also runs when a notification may have been missed. Returns the unsubscription. */
export function onJobQueued(ctx: ServiceContext, listener: () => void): () => void {
  return ctx.notifications.subscribe(JOB_QUEUED, listener);
}
