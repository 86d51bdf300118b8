/** What an admin sees: accounts of everybody, and the queue by plan. */
import { type Selectable, sql } from 'kysely';
import type { LimitOverrides, PlanName } from '../domain/plan.ts';
import { type Account, limitColumns, toAccount } from './accounts.ts';
import type { Connection } from './database.ts';
import { QUEUE } from './queue.ts';
import type { Tables } from './schema.ts';

export type AdminAccount = Account & { readonly email: string | null; readonly used: number };

/** `search`: a part of the name or of the owner's address, in any case. `period`: the month that is counted. */
export async function searchAccounts(
  db: Connection,
  { search, period, limit }: { readonly search: string; readonly period: string; readonly limit: number },
): Promise<AdminAccount[]> {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await sql<Selectable<Tables['accounts']> & { email: string | null; used: number }>`
    select a.*, u.email, coalesce(p.used + p.carried + p.reserved, 0) as used
    from accounts a
    left join remuvr_auth."user" u on u.id = a.owner_id
    left join usage_periods p on p.scope_id = a.id and p.period = ${period}
    where a.closed_at is null and (a.name ilike ${pattern} or u.email ilike ${pattern})
    order by a.created_at desc limit ${limit}`.execute(db);
  return rows.map((row) => ({ ...toAccount(row), email: row.email, used: row.used }));
}

export type AccountChange = {
  readonly plan?: PlanName | undefined;
  readonly limits?: LimitOverrides | undefined;
  readonly isSuspended?: boolean | undefined;
};

/** A plan that is set holds at once, and ends a change that was to come. */
export async function changeAccount(
  db: Connection,
  accountId: string,
  { plan, limits, isSuspended }: AccountChange,
): Promise<Account | undefined> {
  const row = await db
    .updateTable('accounts')
    .set({
      // PostgreSQL wants one column at least.
      id: accountId,
      ...(plan === undefined ? {} : { plan, next_plan: null, plan_changes_at: null }),
      ...(limits === undefined ? {} : limitColumns(limits)),
      ...(isSuspended === undefined ? {} : { suspended_at: isSuspended ? sql<Date>`now()` : null }),
    })
    .where('id', '=', accountId)
    .where('closed_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row && toAccount(row);
}

export type QueueLength = {
  readonly plan: PlanName;
  readonly queued: number;
  readonly running: number;
  /** Age of the oldest that waits. */
  readonly oldestSeconds: number;
};

/** Of plans that have any. What a worker that died had begun waits again once its lease is over. */
export async function countQueueByPlan(db: Connection): Promise<QueueLength[]> {
  const { rows } = await sql<QueueLength>`
    select plan, count(*) filter (where not is_claimed) as queued, count(*) filter (where is_claimed) as running,
      greatest(0, coalesce(extract(epoch from now() - min(created_at) filter (where not is_claimed)), 0))::float8
        as "oldestSeconds"
    from (
      select plan, created_at,
        exists (select from pgboss.job q where q.name = ${QUEUE} and q.id = jobs.id and q.state = 'active') as is_claimed
      from jobs where status = 'processing'
    ) as unended group by plan`.execute(db);
  return rows;
}
