/** The secrets that sign an account's webhooks, sealed: several while one takes the place of another. */
import { sql } from 'kysely';
import type { Connection } from './database.ts';

export type SealedSecret = {
  readonly id: string;
  readonly sealed: Buffer;
  readonly createdAt: Date;
  /** Null for the newest. */
  readonly expiresAt: Date | null;
};

/** Those that sign now, the newest first. */
export async function listWebhookSecrets(db: Connection, accountId: string): Promise<SealedSecret[]> {
  const rows = await db
    .selectFrom('webhook_secrets')
    .selectAll()
    .where('account_id', '=', accountId)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]))
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map(({ id, sealed, created_at, expires_at }) => ({
    id,
    sealed,
    createdAt: created_at,
    expiresAt: expires_at,
  }));
}

/** Held to the end of the transaction: one change of an account's secrets at a time. */
export async function lockWebhookSecrets(db: Connection, accountId: string): Promise<void> {
  await sql`select id from accounts where id = ${accountId} for no key update`.execute(db);
}

/** None of them signs longer than so many hours from now on. */
export async function expireWebhookSecrets(db: Connection, accountId: string, afterHours: number): Promise<void> {
  await db
    .updateTable('webhook_secrets')
    .set({ expires_at: sql<Date>`least(expires_at, now() + ${afterHours} * interval '1 hour')` })
    .where('account_id', '=', accountId)
    .execute();
}

/** Changes nothing where the account has a newest one already. */
export async function insertWebhookSecret(db: Connection, accountId: string, sealed: Buffer): Promise<void> {
  await db
    .insertInto('webhook_secrets')
    .values({ account_id: accountId, sealed })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function deleteExpiredWebhookSecrets(db: Connection): Promise<void> {
  await db.deleteFrom('webhook_secrets').where('expires_at', '<=', sql<Date>`now()`).execute();
}
