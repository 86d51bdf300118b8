/** What is done every now and then beside the jobs: results that have expired go, and so does what was left behind. */
import { sweepDuePlans } from '../services/change-plan.ts';
import { sweepClosedAccounts } from '../services/close-account.ts';
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { sweepLeftCustomers, sweepUnwatched } from '../services/sweep-billing.ts';
import { sweepIdle } from '../services/sweep-idle.ts';
import { sweepEndedJobs, sweepOrphanUploads } from '../services/sweep-objects.ts';

/** An expired result must be off the store within a minute. */
const ENDED_MS = 15_000;
const ORPHANS_MS = 600_000;

type Sweep = (stopping: AbortSignal) => Promise<unknown>;

/** Sweeps that run one after the other; one that is still waiting for its turn is not put in a second time. */
function createLane(ctx: ServiceContext) {
  const stopping = new AbortController();
  let underWay: Promise<unknown> = Promise.resolve();
  const timers: NodeJS.Timeout[] = [];
  const every = (ms: number, sweep: Sweep): void => {
    let isDue = false;
    const run = async (): Promise<void> => {
      await sweep(stopping.signal).catch((error: unknown) => {
        if (!isOutage(error)) ctx.log.error({ err: error }, 'a sweep failed');
      });
      isDue = false;
    };
    const takeTurn = (): void => {
      if (isDue) return;
      isDue = true;
      underWay = underWay.then(run);
    };
    timers.push(setInterval(takeTurn, ms));
  };
  const stop = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer);
    stopping.abort();
    await underWay;
  };
  return { every, stop };
}

/** Returns the function that stops it, and waits for a sweep under way. */
export function startHousekeeping(ctx: ServiceContext): () => Promise<void> {
  const here = createLane(ctx);
  here.every(ENDED_MS, () => sweepEndedJobs(ctx));
  here.every(ENDED_MS, () => sweepClosedAccounts(ctx));
  here.every(ENDED_MS, () => sweepDuePlans(ctx));
  here.every(ORPHANS_MS, () => sweepOrphanUploads(ctx, new Date()));
  here.every(ORPHANS_MS, () => sweepIdle(ctx));
  // A payment service that does not answer must not hold up the others.
  const elsewhere = createLane(ctx);
  elsewhere.every(ENDED_MS, (stopping) => sweepLeftCustomers(ctx, stopping));
  elsewhere.every(ORPHANS_MS, (stopping) => sweepUnwatched(ctx, stopping));
  return async () => {
    await Promise.all([here.stop(), elsewhere.stop()]);
  };
}
