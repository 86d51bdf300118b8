/** The mails that warn of a quota: noted with the removal that makes one due, and taken by one sender at a time. */
import { type Selectable, sql } from 'kysely';
import { type AlertLevel, MAX_ALERT_ATTEMPTS, type UsageAlert } from '../domain/usage-alert.ts';
import { type Account, toAccount } from './accounts.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

/** Undefined for an account that is nobody's, or that wants no alerts. */
export async function findAlertedAccount(
  db: Connection,
  accountId: string,
  period: string,
): Promise<{ account: Account; used: number } | undefined> {
  const { rows } = await sql<Selectable<Tables['accounts']> & { used: number }>`
    select a.*, p.used + p.carried as used from accounts a join usage_periods p on p.scope_id = a.id and p.period = ${period}
    where a.id = ${accountId} and a.owner_id is not null and a.usage_alerts`.execute(db);
  const [row] = rows;
  return row && { account: toAccount(row), used: row.used };
}

/** Changes nothing where it is noted already. */
export async function noteUsageAlert(db: Connection, accountId: string, alert: UsageAlert): Promise<void> {
  await db
    .insertInto('usage_alerts')
    .values({ account_id: accountId, period: alert.period, level: alert.level, quota: alert.quota })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export type ClaimedAlert = UsageAlert & {
  readonly accountId: string;
  readonly attempts: number;
  /** Null where nobody is to be written to any more. */
  readonly email: string | null;
};

/** One that is due, if any: nobody else gets it before `pauseSeconds` are over. `pauseSeconds`: after so many attempts. */
export async function claimUsageAlert(
  db: Connection,
  pauseSeconds: (attempts: number) => number,
): Promise<ClaimedAlert | undefined> {
  const pauses = Array.from({ length: MAX_ALERT_ATTEMPTS }, (_, i) => pauseSeconds(i + 1));
  const { rows } = await sql<{
    accountId: string;
    period: string;
    level: AlertLevel;
    quota: number;
    attempts: number;
    email: string | null;
  }>`
    with due as (
      select * from usage_alerts
      where sent_at is null and next_try_at <= now() and attempts < ${MAX_ALERT_ATTEMPTS}
      order by next_try_at limit 1 for update skip locked
    )
    update usage_alerts alert
    set attempts = alert.attempts + 1,
      next_try_at = now() + (${pauses}::int[])[alert.attempts + 1] * interval '1 second'
    from due
    where alert.account_id = due.account_id and alert.period = due.period
      and alert.level = due.level and alert.quota = due.quota
    returning alert.account_id as "accountId", alert.period, alert.level, alert.quota, alert.attempts,
      (select u.email from accounts a join remuvr_auth."user" u on u.id = a.owner_id
       where a.id = alert.account_id and a.usage_alerts and u."emailVerified") as email`.execute(db);
  return rows[0];
}

export async function markAlertSent(db: Connection, alert: ClaimedAlert): Promise<void> {
  await db
    .updateTable('usage_alerts')
    .set({ sent_at: sql<Date>`now()` })
    .where('account_id', '=', alert.accountId)
    .where('period', '=', alert.period)
    .where('level', '=', alert.level)
    .where('quota', '=', alert.quota)
    .execute();
}

export async function setUsageAlerts(db: Connection, accountId: string, isOn: boolean): Promise<Account | undefined> {
  const row = await db
    .updateTable('accounts')
    .set({ usage_alerts: isOn })
    .where('id', '=', accountId)
    .returningAll()
    .executeTakeFirst();
  return row && toAccount(row);
}

/** Of months that are over for long: no removal is charged to them any more. */
export async function deletePastAlerts(db: Connection): Promise<void> {
  await sql`delete from usage_alerts where period < now() - interval '3 months'`.execute(db);
}
