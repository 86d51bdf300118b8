/** The worker's verbs on the queue. */
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

/** For a worker that stops, or that lost the database: the job did it no harm, so the attempt does not count. */
export async function releaseJob(ctx: ServiceContext, claim: ClaimedJob): Promise<void> {
  await ctx.database.transaction().execute(async (tx) => {
    await takeBackJobAttempt(tx, claim.accountId, claim.jobId);
    await ctx.queue.release(tx, claim);
  });
}

/** For another worker; the attempt counts. */
export async function passJobOn(ctx: ServiceContext, claim: ClaimedJob): Promise<void> {
  await ctx.database.transaction().execute((tx) => ctx.queue.release(tx, claim));
}

/** `listener` also runs when a notification may have been missed. Returns the unsubscription. */
export function onJobQueued(ctx: ServiceContext, listener: () => void): () => void {
  return ctx.notifications.subscribe(JOB_QUEUED, listener);
}
