/** Jobs that wait for a worker: the queue as callers see it. */
import { sql } from 'kysely';
import type { Connection } from './database.ts';
import type { StoredJob } from './jobs.ts';
import { QUEUE } from './queue.ts';

/** What decides when a job is begun. */
export type InLine = Pick<StoredJob, 'priority' | 'createdAt'>;

/** Its worker was lost, or gave it back: it was begun, and waits once more. Few are begun, so few rows are looked up. */
const isBackInQueue = sql<boolean>`(started_at is not null and exists
  (select from pgboss.job q where q.name = ${QUEUE} and q.id = jobs.id and q.state = 'retry'))`;

const waitingJobs = (db: Connection) =>
  db
    .selectFrom('jobs')
    .where('status', '=', 'processing')
    .where((where) => where.or([where('started_at', 'is', null), isBackInQueue]));

/** Whether a job that was begun waits for another worker. */
export async function isJobBackInQueue(db: Connection, jobId: string): Promise<boolean> {
  const row = await db.selectFrom('jobs').select('id').where('id', '=', jobId).where(isBackInQueue).executeTakeFirst();
  return row !== undefined;
}

/** Of every account: what the limit of the queue is held against. `own`: those of the account. */
export async function countWaitingJobs(db: Connection, accountId: string): Promise<{ all: number; own: number }> {
  return await waitingJobs(db)
    .select(({ fn }) => [
      fn.countAll<number>().as('all'),
      fn.countAll<number>().filterWhere('account_id', '=', accountId).as('own'),
    ])
    .executeTakeFirstOrThrow();
}

/** With those that a worker has begun. Of the jobs alone: where nothing was served yet, there is no queue. */
export async function countUnendedJobs(db: Connection): Promise<number> {
  const { count } = await db
    .selectFrom('jobs')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '=', 'processing')
    .executeTakeFirstOrThrow();
  return count;
}

/** By priority, and of the job's own priority those that are older. */
export async function countInLine(
  db: Connection,
  { priority, createdAt }: InLine,
): Promise<{ waiting: Map<number, number>; ahead: number }> {
  const rows = await waitingJobs(db)
    .select(({ fn }) => [
      'priority',
      fn.countAll<number>().as('count'),
      fn.countAll<number>().filterWhere('created_at', '<', createdAt).as('older'),
    ])
    .groupBy('priority')
    .execute();
  const ahead = rows.find((row) => row.priority === priority)?.older ?? 0;
  return { waiting: new Map(rows.map((row) => [row.priority, row.count])), ahead };
}

/** Of the account, the one that is likely to be begun as the `nth`: 1 for the first. */
export async function findOwnInLine(db: Connection, accountId: string, nth: number): Promise<InLine | undefined> {
  const row = await waitingJobs(db)
    .select(['priority', 'created_at'])
    .where('account_id', '=', accountId)
    .orderBy('priority', 'desc')
    .orderBy('created_at')
    .offset(nth - 1)
    .limit(1)
    .executeTakeFirst();
  return row && { priority: row.priority, createdAt: row.created_at };
}
