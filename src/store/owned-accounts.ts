/** Accounts of people, who sign in: made for them, found by them, closed by them. */
import { sql, type Transaction } from 'kysely';
import type { PlanName } from '../domain/plan.ts';
import { type Account, toAccount } from './accounts.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

export async function findAccountOfOwner(db: Connection, ownerId: string): Promise<Account | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('owner_id', '=', ownerId).executeTakeFirst();
  return row && toAccount(row);
}

/** Whether the admin of the installation was made, be it one who has left. */
export async function hadFirstAdmin(db: Connection): Promise<boolean> {
  return (await db.selectFrom('first_admin').select('made_at').executeTakeFirst()) !== undefined;
}

/** Whether it is noted by this call, and was not before. */
export async function noteFirstAdmin(db: Connection): Promise<boolean> {
  const row = await db
    .insertInto('first_admin')
    .defaultValues()
    .onConflict((conflict) => conflict.doNothing())
    .returning('made_at')
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

/** The owner, and with it the name, are free again; the account is never found by either. */
export async function closeAccountOfOwner(db: Connection, ownerId: string): Promise<void> {
  await db
    .updateTable('accounts')
    .set((set) => ({
      owner_id: null,
      is_admin: false,
      closed_at: sql<Date>`now()`,
      name: sql<string>`'closed ' || ${set.ref('id')}`,
    }))
    .where('owner_id', '=', ownerId)
    .execute();
}

/** Owners of accounts, of whom nobody is left to sign in. */
export async function listOwnersWhoAreGone(db: Connection, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select owner_id as id from accounts a
    where owner_id is not null and not exists (select from remuvr_auth."user" u where u.id = a.owner_id)
    limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Whether the person had such a session. */
export async function deleteSession(db: Connection, personId: string, sessionId: string): Promise<boolean> {
  const result = await sql`
    delete from remuvr_auth.session where id = ${sessionId} and "userId" = ${personId}`.execute(db);
  return (result.numAffectedRows ?? 0n) > 0n;
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

/** Sessions that have run out, and links of mails that nobody followed. */
export async function deleteStaleSessions(db: Connection): Promise<void> {
  await sql`delete from remuvr_auth.session where "expiresAt" < now() - interval '1 day'`.execute(db);
  await sql`delete from remuvr_auth.verification where "expiresAt" < now() - interval '1 day'`.execute(db);
}

/** Of sessions that a version before 0014 has begun beside this one, under their tokens as they are. */
export async function hashClearTokens(db: Connection): Promise<void> {
  await sql`
    update remuvr_auth.session set token = 'sha256:' || encode(sha256(convert_to(token, 'UTF8')), 'hex')
    where token not like 'sha256:%'`.execute(db);
}
