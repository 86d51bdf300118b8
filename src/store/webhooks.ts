/** Messages to the callers' servers: written with what they tell, taken by one sender at a time, kept for the log. */
import { sql, type Transaction } from 'kysely';
import type { AttemptOutcome, WebhookEvent } from '../domain/webhook.ts';
import type { Connection } from './database.ts';
import { notify, WEBHOOK_DUE } from './notifications.ts';
import type { Tables } from './schema.ts';

/** `jobId`: of the job that is told; else `data` is. */
export type NewDelivery = { readonly accountId: string; readonly event: WebhookEvent; readonly url: string } & (
  | { readonly jobId: string }
  | { readonly data: object }
);

/** In the transaction of what it tells. Returns its id. */
export async function insertDelivery(tx: Transaction<Tables>, delivery: NewDelivery): Promise<string> {
  const { accountId, event, url } = delivery;
  const told = 'jobId' in delivery ? { job_id: delivery.jobId } : { data: JSON.stringify(delivery.data) };
  const { id } = await tx
    .insertInto('webhook_deliveries')
    .values({ account_id: accountId, event, url, ...told })
    .returning('id')
    .executeTakeFirstOrThrow();
  await notify(tx, WEBHOOK_DUE, '');
  return id;
}

export type ClaimedDelivery = {
  readonly id: string;
  readonly accountId: string;
  readonly event: WebhookEvent;
  readonly url: string;
  readonly jobId: string | null;
  readonly data: object | null;
  readonly createdAt: Date;
  /** This one included. */
  readonly attempts: number;
  readonly tries: number;
};

/** Twice as long as an attempt may take. */
const LEASE_SECONDS = 30;
/** Under way at one time, so that a receiver that hangs holds up nobody but its own account. */
const MOST_OF_ACCOUNT = 4;

/** The one that is due for longest, if any: nobody else gets it until its lease runs out, or the attempt has ended. */
export async function claimDelivery(db: Connection): Promise<ClaimedDelivery | undefined> {
  const { rows } = await sql<ClaimedDelivery>`
    with busy as (
      select account_id from webhook_deliveries where leased_until > now()
      group by account_id having count(*) >= ${MOST_OF_ACCOUNT}
    ), due as (
      select d.id from webhook_deliveries d join accounts a on a.id = d.account_id
      where d.status = 'pending' and d.next_try_at <= now() and (d.leased_until is null or d.leased_until <= now())
        and a.closed_at is null and d.account_id not in (select account_id from busy)
      order by d.next_try_at limit 1 for update of d skip locked
    ), claimed as (
      update webhook_deliveries d
      set attempts = d.attempts + 1, tries = d.tries + 1, leased_until = now() + ${LEASE_SECONDS} * interval '1 second'
      from due where d.id = due.id
      returning d.*
    ), noted as (
      insert into webhook_attempts (delivery_id, number) select id, attempts from claimed
    )
    select id, account_id as "accountId", event, url, job_id as "jobId", data, created_at as "createdAt",
      attempts, tries
    from claimed`.execute(db);
  return rows[0];
}

export type AttemptEnd = {
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  /** Undefined where the delivery has ended. */
  readonly retryInSeconds: number | undefined;
  readonly isDelivered: boolean;
};

/** Of a claim that was lost to another sender, only the attempt is noted: what becomes of the delivery is the other's. */
export async function endAttempt(db: Transaction<Tables>, claim: ClaimedDelivery, end: AttemptEnd): Promise<void> {
  const { outcome, durationMs, retryInSeconds, isDelivered } = end;
  await db
    .updateTable('webhook_attempts')
    .set({
      duration_ms: durationMs,
      http_status: outcome.kind === 'answered' ? outcome.httpStatus : null,
      error: outcome.kind === 'failed' ? outcome.error : null,
    })
    .where('delivery_id', '=', claim.id)
    .where('number', '=', claim.attempts)
    .execute();
  const isOver = retryInSeconds === undefined;
  await db
    .updateTable('webhook_deliveries')
    .set({
      status: isOver ? (isDelivered ? 'delivered' : 'failed') : 'pending',
      next_try_at: isOver ? null : sql<Date>`now() + ${retryInSeconds} * interval '1 second'`,
      ended_at: isOver ? sql<Date>`now()` : null,
      leased_until: null,
    })
    .where('id', '=', claim.id)
    .where('attempts', '=', claim.attempts)
    .where('status', '=', 'pending')
    .execute();
}

/** Due at once, with the whole schedule before it. One that is under way is sent already. False: there is no such. */
export async function redeliver(db: Transaction<Tables>, accountId: string, id: string): Promise<boolean> {
  const known = await db
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!known) return false;
  await db
    .updateTable('webhook_deliveries')
    .set({ status: 'pending', tries: 0, next_try_at: sql<Date>`now()`, ended_at: null, leased_until: null })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<=', sql<Date>`now()`)]))
    .execute();
  await notify(db, WEBHOOK_DUE, '');
  return true;
}

const LIFE_DAYS = 30;

/** With their attempts. */
export async function deletePastDeliveries(db: Connection): Promise<void> {
  await sql`delete from webhook_deliveries where ended_at < now() - ${LIFE_DAYS} * interval '1 day'`.execute(db);
}
