/** Accounts: who pays, on which plan, within which limits. */
import { type Selectable, sql, type Transaction } from 'kysely';
import type { LimitOverrides, PlanName } from '../domain/plan.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

export type Account = {
  readonly id: string;
  readonly name: string;
  readonly plan: PlanName;
  readonly overrides: LimitOverrides;
  readonly isAdmin: boolean;
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
    isAdmin: row.is_admin,
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
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('closed_at', 'is', null)
    .orderBy('created_at')
    .execute();
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

export async function findAccountOfOwner(db: Connection, ownerId: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('owner_id', '=', ownerId).executeTakeFirst();
  return row && toAccount(row);
}

export async function hasOwnedAccount(db: Connection): Promise<boolean> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .where('owner_id', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Held to the end of the transaction: accounts of owners are made one after the other, so that one of them is the first. */
export async function lockOwnedAccounts(tx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('remuvr owned accounts'))`.execute(tx);
}

/** Undefined where the name is taken, or the owner has an account. */
export async function insertOwnedAccount(
  db: Connection,
  account: { readonly ownerId: string; readonly name: string; readonly plan: PlanName; readonly isAdmin: boolean },
): Promise<Account | undefined> {
  const row = await db
    .insertInto('accounts')
    .values({ owner_id: account.ownerId, name: account.name, plan: account.plan, is_admin: account.isAdmin })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  return row && toAccount(row);
}

/** The owner, and with it the name, are free again; the account is never found by either. Whether there was one. */
export async function closeAccountOfOwner(db: Connection, ownerId: string): Promise<string | undefined> {
  const row = await db
    .updateTable('accounts')
    .set((set) => ({
      owner_id: null,
      is_admin: false,
      closed_at: sql<Date>`now()`,
      name: sql<string>`'closed ' || ${set.ref('id')}`,
    }))
    .where('owner_id', '=', ownerId)
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** Closed accounts without a job that still runs or whose pictures are still kept. */
export async function listEmptyClosedAccounts(db: Connection, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts')
    .select('accounts.id')
    .where('closed_at', 'is not', null)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('jobs')
            .select('jobs.id')
            .whereRef('jobs.account_id', '=', 'accounts.id')
            .where((job) =>
              job.or([
                job('jobs.status', '=', 'processing'),
                job('jobs.is_upload_deleted', '=', false),
                job('jobs.is_result_deleted', '=', false),
              ]),
            ),
        ),
      ),
    )
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** With its keys and jobs. Its ledger stays, for it is append-only and names nobody. */
export async function deleteClosedAccount(db: Connection, accountId: string): Promise<void> {
  await db.deleteFrom('accounts').where('id', '=', accountId).where('closed_at', 'is not', null).execute();
}
