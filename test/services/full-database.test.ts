/** The disk under PostgreSQL is full: what a statement says then, and afterwards. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { openDatabase } from '../../src/store/database.ts';
import { isDatabaseLost } from '../../src/store/database-lost.ts';
import { copyCluster } from '../helpers/cluster.ts';
import { until } from '../helpers/server.ts';
import { mountSmallDisk } from '../helpers/small-disk.ts';

const disk = mountSmallDisk(160);
afterAll(() => disk?.unmount());

const ROWS = 'select repeat(md5(random()::text), 200) as text from generate_series(1, 20000)';

describe.skipIf(!disk)('a database on a disk that is full', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  test('counts as away, so that a request is 503 and a worker waits; with room it takes statements again', async () => {
    const folder = disk?.path ?? '';
    await copyCluster(folder);
    const postgres = await openOwnPostgres({ dataDir: folder, role: 'server', log: () => {} });
    closing.push(() => postgres.stop());
    const database = openDatabase({ connectionString: postgres.connectionString, maxConnections: 2, onLost: () => {} });
    closing.push(() => database.destroy());
    await database.pool.query(`create table filling as ${ROWS} limit 0`);

    await disk?.fill(1_000_000);
    const refused = await database.pool.query(`insert into filling ${ROWS}`).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Error);
    expect(isDatabaseLost(refused), String(refused)).toBe(true);

    await disk?.empty();
    const kept = await until('it takes statements', async () => {
      const answer = await database.pool.query('insert into filling values (1) returning text').catch(() => undefined);
      return answer?.rows;
    });
    expect(kept).toEqual([{ text: '1' }]);
  });
});
