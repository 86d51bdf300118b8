/** What is done every now and then beside the jobs: results that have expired go, and so does what was left behind. */
import { sweepDuePlans } from '../services/change-plan.ts';
import { sweepClosedAccounts } from '../services/close-account.ts';
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { sweepIdle } from '../services/sweep-idle.ts';
import { sweepEndedJobs, sweepOrphanUploads } from '../services/sweep-objects.ts';

/** An expired result must be off the store within a minute. */
const ENDED_MS = 15_000;
const ORPHANS_MS = 600_000;

/** Returns the function that stops it, and waits for a sweep under way. */
export function startHousekeeping(ctx: ServiceContext): () => Promise<void> {
  let underWay: Promise<unknown> = Promise.resolve();
  const every = (ms: number, sweep: () => Promise<unknown>): NodeJS.Timeout =>
    setInterval(() => {
      underWay = underWay.then(sweep).catch((error: unknown) => {
        if (!isOutage(error)) ctx.log.error({ err: error }, 'a sweep of the storage failed');
      });
    }, ms);
  const timers = [
    every(ENDED_MS, () => sweepEndedJobs(ctx)),
    every(ENDED_MS, () => sweepClosedAccounts(ctx)),
    every(ENDED_MS, () => sweepDuePlans(ctx)),
    every(ORPHANS_MS, () => sweepOrphanUploads(ctx, new Date())),
    every(ORPHANS_MS, () => sweepIdle(ctx)),
  ];
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await underWay;
  };
}
