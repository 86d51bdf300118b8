/** Accounts: who pays, on which plan, within which limits. */
import { type Selectable, sql, type Transaction } from 'kysely';
import type { LimitOverrides, PlanName, PlanState } from '../domain/plan.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

export type Account = {
  readonly id: string;
  readonly name: string;
  readonly plan: PlanName;
  readonly overrides: LimitOverrides;
  readonly isAdmin: boolean;
  readonly isSuspended: boolean;
  readonly nextPlan: PlanName | null;
  readonly planChangesAt: Date | null;
  /** Whether its owner is written to when the quota is nearly used. */
  readonly hasUsageAlerts: boolean;
  readonly createdAt: Date;
};

type LimitColumns = Pick<Tables['accounts'], 'monthly_removals' | 'requests_per_second' | 'max_file_size'>;

export function limitOverrides(row: LimitColumns): LimitOverrides {
  return {
    monthlyRemovals: row.monthly_removals,
    requestsPerSecond: row.requests_per_second,
    maxFileSize: row.max_file_size,
  };
}

export function limitColumns(limits: LimitOverrides): LimitColumns {
  return {
    monthly_removals: limits.monthlyRemovals,
    requests_per_second: limits.requestsPerSecond,
    max_file_size: limits.maxFileSize,
  };
}

export function toAccount(row: Selectable<Tables['accounts']>): Account {
  return {
    id: row.id,
    name: row.name,
    plan: row.plan,
    overrides: limitOverrides(row),
    isAdmin: row.is_admin,
    isSuspended: row.suspended_at !== null,
    nextPlan: row.next_plan,
    planChangesAt: row.plan_changes_at,
    hasUsageAlerts: row.usage_alerts,
    createdAt: row.created_at,
  };
}

/** Undefined where the name is taken. */
export async function insertAccount(db: Connection, name: string, plan: PlanName): Promise<Account | undefined> {
  const row = await db
    .insertInto('accounts')
    .values({ name, plan })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
  return row && toAccount(row);
}

export async function findAccountByName(db: Connection, name: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('name', '=', name).executeTakeFirst();
  return row && toAccount(row);
}

export async function findAccount(db: Connection, accountId: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', accountId).executeTakeFirst();
  return row && toAccount(row);
}

export async function listAccounts(db: Connection): Promise<Account[]> {
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('closed_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return rows.map(toAccount);
}

export async function updateAccountPlan(db: Connection, accountId: string, state: PlanState): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ plan: state.plan, next_plan: state.nextPlan, plan_changes_at: state.planChangesAt })
    .where('id', '=', accountId)
    .execute();
}

/** Those that accounts have, or will have at the end of their month. */
export async function listPlansInUse(db: Connection): Promise<PlanName[]> {
  const { rows } = await sql<{ plan: PlanName }>`
    select plan from accounts where closed_at is null
    union select next_plan from accounts where closed_at is null and next_plan is not null order by 1`.execute(db);
  return rows.map(({ plan }) => plan);
}

/** Locked to the end of the transaction. */
export async function lockAccount(tx: Transaction<Tables>, accountId: string): Promise<Account | undefined> {
  const row = await tx.selectFrom('accounts').selectAll().where('id', '=', accountId).forUpdate().executeTakeFirst();
  return row && toAccount(row);
}

/** Changes of plan whose time has come. Returns the accounts. */
export async function applyDuePlans(db: Connection): Promise<string[]> {
  const rows = await db
    .updateTable('accounts')
    .set((set) => ({ plan: sql<PlanName>`${set.ref('next_plan')}`, next_plan: null, plan_changes_at: null }))
    .where('plan_changes_at', '<=', sql<Date>`now()`)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Sets the given limits and leaves the others. */
export async function updateAccountLimits(
  db: Connection,
  accountId: string,
  limits: Partial<LimitOverrides>,
): Promise<void> {
  const set: Partial<LimitColumns> = {
    ...(limits.monthlyRemovals === undefined ? {} : { monthly_removals: limits.monthlyRemovals }),
    ...(limits.requestsPerSecond === undefined ? {} : { requests_per_second: limits.requestsPerSecond }),
    ...(limits.maxFileSize === undefined ? {} : { max_file_size: limits.maxFileSize }),
  };
  await db.updateTable('accounts').set(set).where('id', '=', accountId).execute();
}
