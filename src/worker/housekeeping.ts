/** What is done every now and then beside the jobs: results that have expired go, and so does what was left behind; mails that are due are sent. */
import { sweepDuePlans } from '../services/change-plan.ts';
import { sweepClosedAccounts, sweepOwnerlessAccounts } from '../services/close-account.ts';
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { sweepLeftCustomers, sweepUnwatched } from '../services/sweep-billing.ts';
import { sweepIdle } from '../services/sweep-idle.ts';
import { sweepEndedJobs, sweepOrphanUploads } from '../services/sweep-objects.ts';
import { type MailOffice, sendDueAlerts } from '../services/usage-alerts.ts';

/** An expired result must be off the store within a minute. */
const ENDED_MS = 15_000;
/** A mail is written within seconds of the removal that makes it due. */
const MAILS_MS = 5_000;
const ORPHANS_MS = 600_000;

type Sweep = (stopping: AbortSignal) => Promise<unknown>;

/** Returns the function that stops it, and waits for a sweep under way. */
export function startHousekeeping(ctx: ServiceContext): () => Promise<void> {
  const stopHere = repeat(ctx, [
    [ENDED_MS, () => sweepEndedJobs(ctx)],
    [ENDED_MS, () => sweepClosedAccounts(ctx)],
    [ENDED_MS, () => sweepDuePlans(ctx)],
    [ORPHANS_MS, () => sweepOrphanUploads(ctx)],
    [ORPHANS_MS, () => sweepOwnerlessAccounts(ctx)],
    [ORPHANS_MS, () => sweepIdle(ctx)],
  ]);
  // A payment service that does not answer must not hold up the others.
  const stopElsewhere = repeat(ctx, [
    [ENDED_MS, (stopping) => sweepLeftCustomers(ctx, stopping)],
    [ORPHANS_MS, (stopping) => sweepUnwatched(ctx, stopping)],
  ]);
  return async () => {
    await Promise.all([stopHere(), stopElsewhere()]);
  };
}

/** Of a server; a worker writes no mails. Apart from the sweeps, for a mail server may let one wait. */
export function startMailing(ctx: ServiceContext, office: MailOffice): () => Promise<void> {
  return repeat(ctx, [[MAILS_MS, () => sendDueAlerts({ ctx, ...office })]]);
}

/** One after the other; one that is still waiting for its turn is not put in a second time. */
function repeat(ctx: ServiceContext, sweeps: readonly (readonly [ms: number, sweep: Sweep])[]): () => Promise<void> {
  const stopping = new AbortController();
  let underWay: Promise<unknown> = Promise.resolve();
  const timers = sweeps.map(([ms, sweep]) => {
    let isDue = false;
    const run = async (): Promise<void> => {
      await sweep(stopping.signal).catch((error: unknown) => {
        if (!isOutage(error)) ctx.log.error({ err: error }, 'a sweep failed');
      });
      isDue = false;
    };
    return setInterval(() => {
      if (isDue) return;
      isDue = true;
      underWay = underWay.then(run);
    }, ms);
  });
  return async () => {
    for (const timer of timers) clearInterval(timer);
    stopping.abort();
    await underWay;
  };
}
