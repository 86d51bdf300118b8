/** What can be seen or set in the database of an installation alone, such as a moment that cannot be waited for. */
import pg from 'pg';
import { openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import type { Installation } from './server.ts';

export async function queryOwnDatabase(
  installation: Installation,
  statement: string,
): Promise<Record<string, unknown>[]> {
  const own = await openOwnPostgres({ dataDir: installation.dataDir, role: 'command', log: () => {} });
  const client = new pg.Client({ connectionString: own.connectionString });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
    await own.stop();
  }
}
