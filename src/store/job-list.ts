/** The jobs of one account, as its owner looks at them: newest first, and counted. Test keys' jobs are listed, not counted. */
import { type Selectable, sql } from 'kysely';
import type { JobStatus } from '../domain/job.ts';
import type { Connection } from './database.ts';
import { type StoredJob, toJob } from './jobs.ts';
import type { Tables } from './schema.ts';

export type ListedJob = StoredJob & { readonly keyName: string | null; readonly keyMasked: string | null };

/** The last job of the page before: what follows it is older, or as old and of a smaller id. */
export type JobCursor = { readonly createdAt: string; readonly id: string };

export type JobPage = {
  readonly status: JobStatus | undefined;
  readonly after: JobCursor | undefined;
  readonly limit: number;
};

/** `cursor`: of the job itself; to the microsecond, which a Date does not hold. */
export async function listJobs(
  db: Connection,
  accountId: string,
  { status, after, limit }: JobPage,
): Promise<{ job: ListedJob; cursor: JobCursor }[]> {
  let query = db
    .selectFrom('jobs')
    .leftJoin('api_keys as key', 'key.id', 'jobs.key_id')
    .selectAll('jobs')
    .select(['key.name as keyName', 'key.masked as keyMasked', sql<string>`jobs.created_at::text`.as('cursorAt')])
    .where('jobs.account_id', '=', accountId)
    .where('jobs.deleted_at', 'is', null);
  if (status) query = query.where('jobs.status', '=', status);
  if (after) {
    query = query.where(
      sql<boolean>`(jobs.created_at, jobs.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`,
    );
  }
  const rows = await query.orderBy('jobs.created_at', 'desc').orderBy('jobs.id', 'desc').limit(limit).execute();
  return rows.map((row) => ({
    job: { ...toJob(row as Selectable<Tables['jobs']>), keyName: row.keyName, keyMasked: row.keyMasked },
    cursor: { createdAt: row.cursorAt, id: row.id },
  }));
}

/** Its status and its objects stay as they are; nobody finds it any more. Undefined: there is no such job. */
export async function hideJob(db: Connection, accountId: string, jobId: string): Promise<StoredJob | undefined> {
  const row = await db
    .updateTable('jobs')
    .set({ deleted_at: sql<Date>`now()` })
    .where('account_id', '=', accountId)
    .where('id', '=', jobId)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row && toJob(row);
}

/** Jobs of a key since the start of the month, test keys' too. */
export async function countJobsByKey(
  db: Connection,
  accountId: string,
  period: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('jobs')
    .select((select) => ['key_id', select.fn.countAll<number>().as('count')])
    .where('account_id', '=', accountId)
    .where('period', '=', period)
    .where('key_id', 'is not', null)
    .groupBy('key_id')
    .execute();
  return new Map(rows.map((row) => [row.key_id ?? '', row.count]));
}

/** Ended jobs of one day (UTC) and one key; `keyId` null is the playground. */
export type DayCount = {
  readonly date: string;
  readonly keyId: string | null;
  readonly keyName: string | null;
  readonly succeeded: number;
  readonly failed: number;
};

export async function countJobsByDay(db: Connection, accountId: string, period: string): Promise<DayCount[]> {
  const { rows } = await sql<DayCount>`
    select (j.created_at at time zone 'UTC')::date as "date", j.key_id as "keyId",
      coalesce(nullif(k.name, ''), k.masked) as "keyName",
      count(*) filter (where j.status = 'completed') as "succeeded",
      count(*) filter (where j.status = 'failed') as "failed"
    from jobs j left join api_keys k on k.id = j.key_id
    where j.account_id = ${accountId} and j.period = ${period} and not j.is_test and j.status <> 'processing'
    group by 1, 2, 3 order by 1, 3 nulls first`.execute(db);
  return rows;
}

/** Milliseconds from acceptance to success; null where nothing succeeded. */
export type Latency = { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };

export async function measureLatency(db: Connection, accountId: string, period: string): Promise<Latency> {
  const { rows } = await sql<{ found: number[] | null }>`
    select percentile_cont(array[0.5, 0.95, 0.99]) within group (
      order by extract(epoch from completed_at - created_at) * 1000) as found
    from jobs where account_id = ${accountId} and period = ${period} and not is_test and status = 'completed'`.execute(
    db,
  );
  const [p50, p95, p99] = (rows[0]?.found ?? []).map(Math.round);
  return { p50: p50 ?? null, p95: p95 ?? null, p99: p99 ?? null };
}
