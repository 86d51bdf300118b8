/** Batches and their items. The items' jobs are rows of `jobs` like any other. */
import { sql } from 'kysely';
import type { BatchItem } from '../domain/batch.ts';
import type { Connection } from './database.ts';
import { type StoredJob, toJob } from './jobs.ts';

export type StoredBatch = { readonly id: string; readonly accountId: string; readonly createdAt: Date };

/** In the transaction that accepts the jobs of the items. */
export async function insertBatch(
  db: Connection,
  { id, accountId }: Pick<StoredBatch, 'id' | 'accountId'>,
  items: readonly BatchItem[],
): Promise<void> {
  await db.insertInto('batches').values({ id, account_id: accountId }).execute();
  const rows = items.map(({ name, jobId, error }, position) => ({
    batch_id: id,
    position,
    name,
    job_id: jobId,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
  }));
  await db.insertInto('batch_items').values(rows).execute();
}

export async function findBatch(db: Connection, accountId: string, batchId: string): Promise<StoredBatch | undefined> {
  const row = await db
    .selectFrom('batches')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row && { id: row.id, accountId: row.account_id, createdAt: row.created_at };
}

/** In their order. */
export async function listBatchItems(
  db: Connection,
  { id, accountId }: StoredBatch,
): Promise<{ item: BatchItem; job: StoredJob | undefined }[]> {
  const rows = await db.selectFrom('batch_items').selectAll().where('batch_id', '=', id).orderBy('position').execute();
  const jobRows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .where('id', 'in', (select) => select.selectFrom('batch_items').select('job_id').where('batch_id', '=', id))
    .execute();
  const jobs = new Map(jobRows.map((row) => [row.id, toJob(row)]));
  return rows.map(({ name, job_id: jobId, error_code: code, error_message: message }) => ({
    item: { name, jobId, error: code === null ? null : { code, message: message ?? '' } },
    job: jobId === null ? undefined : jobs.get(jobId),
  }));
}

/** Locked to the end of the transaction, so that no worker begins one meanwhile. */
export async function lockWaitingJobs(db: Connection, { id, accountId }: StoredBatch): Promise<string[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('account_id', '=', accountId)
    .where('status', '=', 'processing')
    .where('started_at', 'is', null)
    .where('id', 'in', (select) => select.selectFrom('batch_items').select('job_id').where('batch_id', '=', id))
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map((row) => row.id);
}

/** Nobody finds the batch or its jobs any more; the sweeper deletes their results. */
export async function hideBatch(db: Connection, { id, accountId }: StoredBatch): Promise<void> {
  await db
    .updateTable('batches')
    .set({ deleted_at: sql<Date>`now()` })
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .execute();
  await db
    .updateTable('jobs')
    .set({ deleted_at: sql<Date>`now()` })
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .where('id', 'in', (select) => select.selectFrom('batch_items').select('job_id').where('batch_id', '=', id))
    .execute();
}
