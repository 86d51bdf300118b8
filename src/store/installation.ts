/** The one row that tells this installation from every other. */
import { sql } from 'kysely';
import type { Installation } from '../domain/storage-mark.ts';
import type { Connection, Database } from './database.ts';

export async function readInstallation(db: Connection): Promise<Installation> {
  const { id, marked_at } = await db.selectFrom('installation').selectAll().executeTakeFirstOrThrow();
  return { id, markedAt: marked_at };
}

/** Whether its storage bears the mark, as far as the database knows. */
export async function noteMark(db: Connection, isMarked: boolean): Promise<void> {
  await db
    .updateTable('installation')
    .set({ marked_at: isMarked ? sql<Date>`coalesce(marked_at, clock_timestamp())` : null })
    .execute();
}

/** Any number that no other lock of this database has. */
const MARK_LOCK = 7_366_881;

/** One at a time of all processes. A lock of the session, so that no transaction is open over what the storage takes. */
export async function whileMarking<T>(database: Database, work: (db: Connection) => Promise<T>): Promise<T> {
  return await database.connection().execute(async (db) => {
    await sql`select pg_advisory_lock(${MARK_LOCK})`.execute(db);
    try {
      return await work(db);
    } finally {
      await sql`select pg_advisory_unlock(${MARK_LOCK})`.execute(db);
    }
  });
}
