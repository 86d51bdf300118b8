/** Accounts: who pays, on which plan, within which limits. */
import type { Selectable } from 'kysely';
import type { LimitOverrides, PlanName } from '../domain/plan.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

export type Account = {
  readonly id: string;
  readonly name: string;
  readonly plan: PlanName;
  readonly overrides: LimitOverrides;
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

function toAccount(row: Selectable<Tables['accounts']>): Account {
  return {
    id: row.id,
    name: row.name,
    plan: row.plan,
    overrides: limitOverrides(row),
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

export async function listAccounts(db: Connection): Promise<Account[]> {
  const rows = await db.selectFrom('accounts').selectAll().orderBy('created_at').execute();
  return rows.map(toAccount);
}

export async function updateAccountPlan(db: Connection, accountId: string, plan: PlanName): Promise<void> {
  await db.updateTable('accounts').set({ plan }).where('id', '=', accountId).execute();
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
