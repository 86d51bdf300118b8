/** Jobs: inserted with their reservation, begun by a worker, ended once. */
import { type Selectable, sql } from 'kysely';
import type { PipelineErrorCode } from '../domain/errors.ts';
import type { Job, JobReport } from '../domain/job.ts';
import { DEFAULT_REMOVAL_OPTIONS } from '../domain/removal-options.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

/** A job with the reservation that it holds. */
export type StoredJob = Job & {
  readonly scopes: readonly string[];
  readonly period: string;
  readonly priority: number;
};

export function toJob(row: Selectable<Tables['jobs']>): StoredJob {
  return {
    id: row.id,
    accountId: row.account_id,
    status: row.status,
    plan: row.plan,
    priority: row.priority,
    // What an earlier version put into the queue lacks the options that came later.
    options: { ...DEFAULT_REMOVAL_OPTIONS, ...row.options },
    isTest: row.is_test,
    scopes: row.scopes,
    period: row.period,
    resultName: row.result_name,
    attempt: row.attempt,
    report: row.report,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    createdAt: row.created_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    expiresAt: row.expires_at,
    webhookUrl: row.webhook_url,
  };
}

export type NewJob = Pick<
  StoredJob,
  'id' | 'accountId' | 'plan' | 'priority' | 'options' | 'isTest' | 'scopes' | 'period' | 'resultName' | 'webhookUrl'
> & { readonly keyId: string | null };

export async function insertJob(db: Connection, job: NewJob): Promise<StoredJob> {
  const row = await db
    .insertInto('jobs')
    .values({
      id: job.id,
      account_id: job.accountId,
      key_id: job.keyId,
      plan: job.plan,
      priority: job.priority,
      options: JSON.stringify(job.options),
      is_test: job.isTest,
      scopes: [...job.scopes],
      period: job.period,
      result_name: job.resultName,
      webhook_url: job.webhookUrl,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toJob(row);
}

export async function findJob(db: Connection, accountId: string, jobId: string): Promise<StoredJob | undefined> {
  const row = await db
    .selectFrom('jobs')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', jobId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row && toJob(row);
}

/** The one look-up without an account: the name is 160 random bits, and knowing it is the permission. */
export async function findJobByResultName(db: Connection, resultName: string): Promise<StoredJob | undefined> {
  const row = await db
    .selectFrom('jobs')
    .selectAll()
    .where('result_name', '=', resultName)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row && toJob(row);
}

/** A condition that is always true: the commit does not wait for the disk. Only of a statement alone, for it holds for a whole transaction. */
const isNotAwaited = sql<boolean>`(select set_config('synchronous_commit', 'off', true)) = 'off'`;

/**
 * Undefined where the job has ended already: its worker must leave it alone. Its commit does not wait for the disk: what a
 * crash of PostgreSQL forgets of it is counted again by the next attempt.
 */
export async function beginJobAttempt(
  db: Connection,
  accountId: string,
  jobId: string,
): Promise<StoredJob | undefined> {
  const row = await db
    .updateTable('jobs')
    .set((set) => ({ attempt: set('attempt', '+', 1), started_at: sql<Date>`coalesce(started_at, clock_timestamp())` }))
    .where('account_id', '=', accountId)
    .where('id', '=', jobId)
    .where('status', '=', 'processing')
    .where(isNotAwaited)
    .returningAll()
    .executeTakeFirst();
  return row && toJob(row);
}

/** For an attempt that was broken off through no fault of the job. */
export async function takeBackJobAttempt(db: Connection, accountId: string, jobId: string): Promise<void> {
  await db
    .updateTable('jobs')
    .set((set) => ({ attempt: sql<number>`greatest(${set.ref('attempt')} - 1, 0)`, started_at: null }))
    .where('account_id', '=', accountId)
    .where('id', '=', jobId)
    .where('status', '=', 'processing')
    .execute();
}

export type JobEnd =
  | { readonly kind: 'completed'; readonly report: JobReport }
  | { readonly kind: 'failed'; readonly code: PipelineErrorCode; readonly message: string };

/**
 * Ends the job where it has not ended; undefined where it has.
 * The guard on the status is what makes a second worker's answer to the same job harmless.
 */
export async function endJob(
  db: Connection,
  job: Pick<StoredJob, 'id' | 'accountId'>,
  end: JobEnd,
  resultTtlSeconds: number,
): Promise<StoredJob | undefined> {
  const row = await db
    .updateTable('jobs')
    .set({
      status: end.kind,
      report: end.kind === 'completed' ? JSON.stringify(end.report) : null,
      error_code: end.kind === 'failed' ? end.code : null,
      error_message: end.kind === 'failed' ? end.message : null,
      completed_at: sql<Date>`greatest(clock_timestamp(), created_at)`,
      expires_at: sql<Date>`greatest(clock_timestamp(), created_at) + ${resultTtlSeconds} * interval '1 second'`,
    })
    .where('account_id', '=', job.accountId)
    .where('id', '=', job.id)
    .where('status', '=', 'processing')
    .returningAll()
    .executeTakeFirst();
  return row && toJob(row);
}

/** Ended jobs whose upload is still kept. */
export async function listJobsWithUpload(db: Connection, limit: number): Promise<StoredJob[]> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('status', '<>', 'processing')
    .where('is_upload_deleted', '=', false)
    .limit(limit)
    .execute();
  return rows.map(toJob);
}

/** Jobs whose result must go: it has expired, its owner deleted it, or the job failed after it was written. */
export async function listJobsWithDeadResult(db: Connection, limit: number): Promise<StoredJob[]> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('status', '<>', 'processing')
    .where('is_result_deleted', '=', false)
    .where((where) =>
      where.or([
        where('status', '=', 'failed'),
        where('deleted_at', 'is not', null),
        where('expires_at', '<=', sql<Date>`now()`),
      ]),
    )
    .limit(limit)
    .execute();
  return rows.map(toJob);
}

/** What a crash of PostgreSQL forgets of it is deleted, and marked, once more. Where `isDeleted` is false, the sweeper looks again. */
export async function markObjectDeleted(
  db: Connection,
  job: Pick<StoredJob, 'id' | 'accountId'>,
  object: 'upload' | 'result',
  isDeleted = true,
): Promise<void> {
  await db
    .updateTable('jobs')
    .set(object === 'upload' ? { is_upload_deleted: isDeleted } : { is_result_deleted: isDeleted })
    .where('account_id', '=', job.accountId)
    .where('id', '=', job.id)
    .$if(isDeleted, (update) => update.where(isNotAwaited))
    .execute();
}

/** Which of the ids are jobs that have not ended, of any account: the sweeper must not delete their uploads. */
export async function filterUnendedJobs(db: Connection, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', ids)
    .where('status', '=', 'processing')
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Results of closed accounts are due for the sweeper at once, those of jobs that ended since too. */
export async function expireResultsOfClosedAccounts(db: Connection): Promise<void> {
  await db
    .updateTable('jobs')
    .set({ expires_at: sql<Date>`greatest(now(), created_at)` })
    .where('status', '<>', 'processing')
    .where('expires_at', '>', sql<Date>`now()`)
    .where('account_id', 'in', (select) =>
      select.selectFrom('accounts').select('accounts.id').where('closed_at', 'is not', null),
    )
    .execute();
}
