/** Connections to PostgreSQL, in pools. */
import { type ControlledTransaction, Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { isDatabaseLost } from './database-lost.ts';
import type { Tables } from './schema.ts';

// Counts and sizes are far below 2^53; as text they would be compared and added as text.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
// A quota period is a calendar day, not a moment: as a Date it would move with the server's zone.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

export type Database = Kysely<Tables> & { readonly pool: pg.Pool; readonly connectionString: string };
/** What must be done whole, or not at all. */
export type Whole = Transaction<Tables>;
/** What a store function works on: the pool, or a transaction that its caller opened. */
export type Connection = Kysely<Tables> | Transaction<Tables> | ControlledTransaction<Tables>;

export type DatabaseOptions = {
  readonly connectionString: string;
  readonly maxConnections: number;
  readonly onLost: (error: Error) => void;
};

/** `name`: as PostgreSQL shows it. `prepare`: a statement for each connection before its first use. */
type PoolOptions = DatabaseOptions & { readonly name: string; readonly prepare?: string };

export function openPool({ connectionString, maxConnections, onLost, name, prepare }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    connectionTimeoutMillis: 10_000,
    application_name: name,
    ...(prepare === undefined ? {} : { onConnect: async (client) => void (await client.query(prepare)) }),
  });
  // Without a listener, a connection that breaks would end the process: the pool listens to idle ones only, and a
  // server that goes away can say so between two statements of a transaction.
  pool.on('connect', (client) => client.on('error', onLost));
  pool.on('error', () => {});
  return pool;
}

/** Opens no connection yet; `checkDatabase` does. Ends with `destroy()`. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = openPool({ ...options, name: 'remuvr' });
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return Object.assign(database, { pool, connectionString: options.connectionString });
}

/**
 * Tries again while the database is away, for at most `forMs`; other errors pass at once.
 * Only for work that is safe to repeat: a statement whose answer was lost may have been done.
 */
export async function whileDatabaseReturns<T>(forMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + forMs;
  for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseLost(error) || performance.now() + delayMs > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

/** The one clock that all servers share. */
export async function readClock(db: Connection): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  return rows[0]?.now ?? new Date();
}

export async function pingDatabase(database: Database): Promise<void> {
  await database.pool.query('select 1');
}
