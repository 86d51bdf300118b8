/** The bucket of a rate, drawn on by several processes' connections at once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { type RateScope, takeFromBuckets } from '../../src/store/rate-buckets.ts';
import { openTestContext, type TestContext } from '../helpers/database.ts';

let opened: TestContext;
let pools: Database[];

beforeAll(async () => {
  opened = await openTestContext();
  const { connectionString } = opened.ctx.database;
  pools = Array.from({ length: 4 }, () => openDatabase({ connectionString, maxConnections: 5, onLost: () => {} }));
});
afterAll(async () => {
  await Promise.all((pools ?? []).map((pool) => pool.destroy()));
  await opened?.close();
});

/** Refills by one request in 28 hours: what it lets through is what it held. */
const still = (capacity: number): RateScope => ({ id: randomUUID(), requestsPerSecond: 1e-5, capacity });

const isAllowed = async (pool: Database, scopes: readonly RateScope[]): Promise<boolean> => {
  const { decisions } = await takeFromBuckets(pool, scopes);
  return decisions.every(({ kind }) => kind === 'allow');
};

const takeAtOnce = async (scopes: readonly RateScope[], count: number): Promise<number> => {
  const takes = Array.from({ length: count }, (_, i) => isAllowed(pools[i % pools.length] as Database, scopes));
  return (await Promise.all(takes)).filter(Boolean).length;
};

test('lets through exactly what it holds, whoever draws at the same moment', async () => {
  const scope = still(40);
  expect(await takeAtOnce([scope], 30)).toBe(30);
  expect(await takeAtOnce([scope], 100)).toBe(10);
  expect(await takeAtOnce([scope], 20)).toBe(0);
});

test('lets through exactly what the narrower of two holds, and takes nothing of the wider one for a refusal', async () => {
  const [wide, narrow] = [still(40), still(15)];
  expect(await takeAtOnce([wide, narrow], 60)).toBe(15);
  expect(await takeAtOnce([wide], 60)).toBe(25);
});

test('is drawn on alone and with another scope at once, and holds no more for that', async () => {
  const [account, key] = [still(40), still(1000)];
  const [alone, both] = await Promise.all([takeAtOnce([account], 60), takeAtOnce([account, key], 60)]);
  expect(alone + both).toBe(40);
});

test('does not forget a request that came between reading and writing', async () => {
  const scope = still(2);
  const pool = pools[0] as Database;
  expect(await isAllowed(pool, [scope])).toBe(true);
  const both = await Promise.all(pools.slice(0, 2).map((each) => isAllowed(each, [scope])));
  expect(both.filter(Boolean)).toHaveLength(1);
  expect(await isAllowed(pool, [scope])).toBe(false);
});
