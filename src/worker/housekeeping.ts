/** What is done every now and then beside the jobs: results that have expired go, and so does what was left behind; mails that are due are sent. */
import { sweepDuePlans } from '../services/change-plan.ts';
import { sweepClosedAccounts, sweepOwnerlessAccounts } from '../services/close-account.ts';
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { sweepIdle } from '../services/sweep-idle.ts';
import { sweepEndedJobs, sweepOrphanUploads } from '../services/sweep-objects.ts';
import { type MailOffice, sendDueAlerts } from '../services/usage-alerts.ts';

/** An expired result must be off the store within a minute. */
const ENDED_MS = 15_000;
/** A mail is written within seconds of the removal that makes it due. */
const MAILS_MS = 5_000;
const ORPHANS_MS = 600_000;

/** Returns the function that stops it, and waits for a sweep under way. */
export function startHousekeeping(ctx: ServiceContext): () => Promise<void> {
  return repeat(ctx, [
    [ENDED_MS, () => sweepEndedJobs(ctx)],
    [ENDED_MS, () => sweepClosedAccounts(ctx)],
    [ENDED_MS, () => sweepDuePlans(ctx)],
    [ORPHANS_MS, () => sweepOrphanUploads(ctx, new Date())],
    [ORPHANS_MS, () => sweepOwnerlessAccounts(ctx)],
    [ORPHANS_MS, () => sweepIdle(ctx)],
  ]);
}

/** Of a server; a worker writes no mails. Apart from the sweeps, for a mail server may let one wait. */
export function startMailing(ctx: ServiceContext, office: MailOffice): () => Promise<void> {
  return repeat(ctx, [[MAILS_MS, () => sendDueAlerts({ ctx, ...office })]]);
}

/** One at a time. */
function repeat(
  ctx: ServiceContext,
  duties: readonly (readonly [ms: number, duty: () => Promise<unknown>])[],
): () => Promise<void> {
  let underWay: Promise<unknown> = Promise.resolve();
  const timers = duties.map(([ms, duty]) =>
    setInterval(() => {
      underWay = underWay.then(duty).catch((error: unknown) => {
        if (!isOutage(error)) ctx.log.error({ err: error }, 'a duty of the housekeeping failed');
      });
    }, ms),
  );
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await underWay;
  };
}
