/** What an account sees of its messages: newest first, each with its attempts. */
import { type Selectable, sql } from 'kysely';
import type { DeliveryStatus } from '../domain/webhook.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

export type LoggedAttempt = Selectable<Tables['webhook_attempts']>;
export type LoggedDelivery = Selectable<Tables['webhook_deliveries']> & {
  readonly isUnderWay: boolean;
  /** The newest last. */
  readonly log: readonly LoggedAttempt[];
};

export type DeliveryPage = {
  readonly status: DeliveryStatus | undefined;
  readonly after: { readonly createdAt: string; readonly id: string } | undefined;
  readonly limit: number;
};

/** `cursor`: of the delivery itself. */
export async function listDeliveries(
  db: Connection,
  accountId: string,
  { status, after, limit }: DeliveryPage,
): Promise<{ delivery: LoggedDelivery; cursor: { createdAt: string; id: string } }[]> {
  let query = db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .select([
      sql<string>`created_at::text`.as('cursorAt'),
      sql<boolean>`coalesce(leased_until > now(), false)`.as('isUnderWay'),
    ])
    .where('account_id', '=', accountId);
  if (status) query = query.where('status', '=', status);
  if (after) {
    query = query.where(sql<boolean>`(created_at, id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`);
  }
  const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
  const attempts = await listAttempts(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map(({ cursorAt, ...row }) => ({
    delivery: { ...row, log: attempts.filter((attempt) => attempt.delivery_id === row.id) },
    cursor: { createdAt: cursorAt, id: row.id },
  }));
}

async function listAttempts(db: Connection, deliveryIds: readonly string[]): Promise<LoggedAttempt[]> {
  if (deliveryIds.length === 0) return [];
  return await db
    .selectFrom('webhook_attempts')
    .selectAll()
    .where('delivery_id', 'in', deliveryIds)
    .orderBy('delivery_id')
    .orderBy('number')
    .execute();
}
