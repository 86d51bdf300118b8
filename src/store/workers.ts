/** Workers that live, as they tell of themselves. All times are the database's. */
import { type Selectable, sql } from 'kysely';
import type { LiveWorker, WorkerActivity, WorkerIdentity } from '../domain/worker.ts';
import type { Connection } from './database.ts';
import type { Tables } from './schema.ts';

export const BEAT_MS = 2_000;
/** Two beats may be lost to a busy machine. */
const SILENT_SECONDS = 6;
/** Long after it is no longer counted. */
const FORGOTTEN_SECONDS = 60;

const isAlive = sql<boolean>`seen_at > clock_timestamp() - ${SILENT_SECONDS} * interval '1 second'`;

export async function upsertWorker(db: Connection, worker: WorkerIdentity & WorkerActivity): Promise<void> {
  const { id, host, pid, version, model, precision, threads, capacity } = worker;
  const activity = {
    state: worker.state,
    running: worker.running,
    jobs_done: worker.jobsDone,
    memory_mib: Math.round(worker.memoryMib),
    job_ms: worker.jobMs ?? null,
  };
  await db
    .insertInto('workers')
    .values({ id, host, pid, version, model, precision, threads, capacity, ...activity })
    .onConflict((on) => on.column('id').doUpdateSet({ ...activity, seen_at: sql<Date>`clock_timestamp()` }))
    .execute();
}

export async function deleteWorker(db: Connection, id: string): Promise<void> {
  await db.deleteFrom('workers').where('id', '=', id).execute();
}

export async function deleteSilentWorkers(db: Connection): Promise<void> {
  await db
    .deleteFrom('workers')
    .where('seen_at', '<', sql<Date>`clock_timestamp() - ${FORGOTTEN_SECONDS} * interval '1 second'`)
    .execute();
}

/** The oldest first. */
export async function listLiveWorkers(db: Connection): Promise<LiveWorker[]> {
  const rows = await db.selectFrom('workers').selectAll().where(isAlive).orderBy('started_at').orderBy('id').execute();
  return rows.map(toWorker);
}

function toWorker(row: Selectable<Tables['workers']>): LiveWorker {
  const { id, host, pid, version, model, precision, threads, capacity, state, running } = row;
  return {
    ...{ id, host, pid, version, model, precision, threads, capacity, state, running },
    jobsDone: row.jobs_done,
    memoryMib: row.memory_mib,
    jobMs: row.job_ms ?? undefined,
    startedAt: row.started_at,
  };
}
