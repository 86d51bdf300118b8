/** Who pays: the customers of accounts, what their subscriptions last said, and the events that were dealt with. */
import { type Selectable, sql, type Transaction } from 'kysely';
import type { BillingState, Standing } from '../domain/billing.ts';
import type { PlanName } from '../domain/plan.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

export type BillingCustomer = {
  readonly accountId: string;
  /** Null until whoever collects the money has made it. */
  readonly customerId: string | null;
  readonly createdAt: Date;
  readonly lookApplied: number;
  readonly billedPlan: PlanName;
  readonly state: BillingState;
  readonly graceEndsAt: Date | null;
  readonly renewsAt: Date | null;
};

const toCustomer = (row: Selectable<Tables['billing_customers']>): BillingCustomer => ({
  accountId: row.account_id,
  customerId: row.customer_id,
  createdAt: row.created_at,
  lookApplied: row.look_applied,
  billedPlan: row.billed_plan,
  state: row.state,
  graceEndsAt: row.grace_ends_at,
  renewsAt: row.renews_at,
});

export async function findBillingCustomer(db: Connection, accountId: string): Promise<BillingCustomer | undefined> {
  const row = await db
    .selectFrom('billing_customers')
    .selectAll()
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row && toCustomer(row);
}

export async function findAccountOfCustomer(db: Connection, customerId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('billing_customers')
    .select('account_id')
    .where('customer_id', '=', customerId)
    .executeTakeFirst();
  return row?.account_id;
}

/** Nothing is done for an account that is closed. */
export async function noteBillingCustomer(db: Connection, accountId: string): Promise<void> {
  await sql`insert into billing_customers (account_id)
    select id from accounts where id = ${accountId} and closed_at is null
    on conflict do nothing`.execute(db);
}

/** The first id stays. */
export async function setCustomerId(db: Connection, accountId: string, customerId: string): Promise<void> {
  await db
    .updateTable('billing_customers')
    .set({ customer_id: customerId })
    .where('account_id', '=', accountId)
    .where('customer_id', 'is', null)
    .execute();
}

export async function deleteBillingCustomer(db: Connection, { accountId, customerId }: BillingCustomer): Promise<void> {
  await db
    .deleteFrom('billing_customers')
    .where('account_id', '=', accountId)
    .where('customer_id', 'is not distinct from', customerId)
    .execute();
}

/** The number of this look, from before it begins. Undefined where there is nobody to ask about. */
export async function beginLook(
  db: Connection,
  accountId: string,
): Promise<{ readonly customerId: string; readonly number: number } | undefined> {
  const row = await db
    .updateTable('billing_customers')
    .set((set) => ({ look_begun: set('look_begun', '+', 1) }))
    .where('account_id', '=', accountId)
    .where('customer_id', 'is not', null)
    .returning(['customer_id', 'look_begun'])
    .executeTakeFirst();
  return row?.customer_id ? { customerId: row.customer_id, number: row.look_begun } : undefined;
}

/** Locked to the end of the transaction. */
export async function lockBillingCustomer(
  tx: Transaction<Tables>,
  accountId: string,
): Promise<BillingCustomer | undefined> {
  const row = await tx
    .selectFrom('billing_customers')
    .selectAll()
    .where('account_id', '=', accountId)
    .forUpdate()
    .executeTakeFirst();
  return row && toCustomer(row);
}

export async function noteStanding(db: Connection, accountId: string, look: number, standing: Standing): Promise<void> {
  const { plan, state, graceEndsAt, renewsAt } = standing;
  await db
    .updateTable('billing_customers')
    .set({ look_applied: look, looked_at: sql<Date>`now()`, billed_plan: plan, state })
    .set({ grace_ends_at: graceEndsAt, renews_at: renewsAt })
    .where('account_id', '=', accountId)
    .execute();
}

/** For accounts whose plan has changed as it was going to: what is billed has changed with it. */
export async function followPlans(db: Connection, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  await sql`update billing_customers c set billed_plan = a.plan
    from accounts a where a.id = c.account_id and a.id = any(${accountIds})`.execute(db);
}

/** Of accounts that are closed or gone. */
export async function listLeftCustomers(db: Connection, limit: number): Promise<BillingCustomer[]> {
  const rows = await db
    .selectFrom('billing_customers')
    .selectAll('billing_customers')
    .leftJoin('accounts', 'accounts.id', 'billing_customers.account_id')
    .where((where) => where.or([where('accounts.id', 'is', null), where('accounts.closed_at', 'is not', null)]))
    .orderBy('billing_customers.created_at')
    .limit(limit)
    .execute();
  return rows.map(toCustomer);
}

/** Not looked at for a day. Whoever has not paid in a month after having been asked is not looked at any more. */
export async function listUnwatchedAccounts(db: Connection, limit: number): Promise<string[]> {
  const { rows } = await sql<{ account_id: string }>`
    select account_id from billing_customers
    where customer_id is not null and looked_at < now() - interval '1 day'
      and (state <> 'none' or created_at > now() - interval '30 days')
    order by looked_at limit ${limit}`.execute(db);
  return rows.map((row) => row.account_id);
}

export async function isEventKnown(db: Connection, id: string): Promise<boolean> {
  return (await db.selectFrom('billing_events').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

export async function noteEvent(db: Connection, id: string): Promise<void> {
  await db
    .insertInto('billing_events')
    .values({ id })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Stripe can send an event again for 30 days. */
export async function deleteOldEvents(db: Connection): Promise<void> {
  await sql`delete from billing_events where received_at < now() - interval '60 days'`.execute(db);
}
