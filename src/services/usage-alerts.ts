/**
 * Warns the owner of an account by mail when 80 % and 100 % of the month's quota are used. That a mail is due is decided
 * with the charge, in its transaction; it is sent later, outside of any, and tried again where the mail server is away.
 */
import { RemuvrError } from '../domain/errors.ts';
import { accountLimits, findPlan } from '../domain/plan.ts';
import { composeUsageAlert, decideAlertLevel, pauseAfterAttempt } from '../domain/usage-alert.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { Account } from '../store/accounts.ts';
import type { Connection } from '../store/database.ts';
import {
  claimUsageAlert,
  findAlertedAccount,
  markAlertSent,
  noteUsageAlert,
  setUsageAlerts,
} from '../store/usage-alerts.ts';
import type { AccountContext, DatabaseContext, Log } from './context.ts';

/** `tx`: the one that charges, so that the counter stands still. */
export async function noteReachedLevel(input: {
  ctx: Pick<AccountContext, 'plans'>;
  tx: Connection;
  accountId: string;
  period: string;
}): Promise<void> {
  const { ctx, tx, accountId, period } = input;
  const found = await findAlertedAccount(tx, accountId, period);
  if (!found) return;
  const { account, used } = found;
  const quota = accountLimits(findPlan(ctx.plans, account.plan), account.overrides).monthlyRemovals;
  const level = decideAlertLevel(used, quota);
  if (level !== undefined) await noteUsageAlert(tx, accountId, { period, level, quota });
}

export type MailOffice = {
  /** Loaded by the first mail. */
  readonly mailer: () => Promise<Mailer>;
  /** Where the mails lead. */
  readonly usageUrl: string;
};

/** Ends where a mail cannot be sent: the others are likely to meet the same. One that a sender died over is sent again. */
export async function sendDueAlerts(
  input: MailOffice & { readonly ctx: DatabaseContext & { readonly log: Log } },
): Promise<void> {
  const { ctx, mailer, usageUrl: link } = input;
  for (;;) {
    const alert = await claimUsageAlert(ctx.database, pauseAfterAttempt);
    if (!alert) return;
    try {
      if (alert.email)
        await (await mailer()).send({ name: 'usage-alert', to: alert.email, ...composeUsageAlert(alert), link });
    } catch (error) {
      const { accountId, attempts } = alert;
      ctx.log.warn({ err: error, accountId, attempts }, 'a mail about usage could not be sent yet');
      return;
    }
    await markAlertSent(ctx.database, alert);
  }
}

export async function switchUsageAlerts(input: {
  ctx: DatabaseContext;
  account: Account;
  isOn: boolean;
}): Promise<Account> {
  const { ctx, account, isOn } = input;
  const changed = await setUsageAlerts(ctx.database, account.id, isOn);
  if (!changed) throw new RemuvrError('not_found');
  return changed;
}
