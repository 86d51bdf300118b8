/** Ten servers that start at once on an empty database, and an old version at work while a newer one brings the database on. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OwnPostgres, openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { call, readPhoto, remove } from '../helpers/api.ts';
import { copyCluster } from '../helpers/cluster.ts';
import { cachedModelsDir } from '../helpers/model-cache.ts';
import { makeNextVersion } from '../helpers/next-version.ts';
import { REMUVR, type ServerProcess, startProgram, until } from '../helpers/server.ts';

let root: string;
let postgres: OwnPostgres;
const running: ServerProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'remuvr-rolling-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await postgres?.stop();
  await rm(root, { recursive: true, force: true });
});

async function openPostgres(state: 'empty' | 'migrated'): Promise<void> {
  const dataDir = path.join(root, 'database');
  await mkdir(dataDir);
  if (state === 'migrated') await copyCluster(dataDir);
  postgres = await openOwnPostgres({ dataDir, role: 'server', log: () => {} });
}

/** A machine of its own, but for the database and the objects. */
async function composeMachine(name: string): Promise<NodeJS.ProcessEnv> {
  const dataDir = path.join(root, name);
  await mkdir(dataDir, { recursive: true });
  return {
    ...{ PATH: process.env.PATH, HOME: process.env.HOME, MODELS_DIR: await cachedModelsDir() },
    ...{ DATA_DIR: dataDir, DATABASE_URL: postgres.connectionString, STORAGE_URL: `file://${root}/objects` },
    ...{ PORT: '0', LOG_LEVEL: 'info', LANDING_DEMO: 'false', THREADS: '1', AUTH_SECRET: 'x'.repeat(40) },
  };
}

async function start(name: string, ...args: string[]): Promise<ServerProcess> {
  const env = await composeMachine(name);
  const server = await startProgram(args, env, String(env.DATA_DIR));
  running.push(server);
  return server;
}

async function run(name: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(REMUVR, args, { env: await composeMachine(name) })).stdout.trim();
}

async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgres.connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('ten servers that start at once on an empty database are ten servers of one service', async () => {
  await openPostgres('empty');
  const ten = await Promise.all(Array.from({ length: 10 }, (_, i) => start(`server-${i}`, 'serve', '--no-worker')));
  const applied = ten.flatMap(({ log }) => [...log().matchAll(/"migration":"([^"]+)"/g)].map(([, name]) => name));
  expect(applied.length).toBeGreaterThan(10);
  expect(new Set(applied).size).toBe(applied.length);
  expect(applied.sort()).toEqual((await query('select name from kysely_migration order by name')).map((r) => r.name));
  const key = await run('command', 'keys', 'create', '--plan', 'pro');
  for (const server of ten) {
    expect((await call(server, '/v1/auth', { key })).status).toBe(200);
    expect((await call(server, '/readyz')).status).toBe(200);
  }
  const exits = await Promise.all(running.splice(0).map((server) => server.stop()));
  expect(exits).toEqual(ten.map(() => 0));
});

test('a newer version brings the database on while an older one works, which goes on, and may be started again', async () => {
  await openPostgres('migrated');
  const server = await start('old-server', 'serve', '--no-worker');
  const worker = await start('old-worker', 'worker');
  const key = await run('command', 'keys', 'create', '--plan', 'business');
  const photo = await readPhoto('rocket.jpg');
  const next = await makeNextVersion();
  const newer = openDatabase({ connectionString: postgres.connectionString, maxConnections: 2, onLost: () => {} });
  const [applied, ...during] = await Promise.all([
    migrateDatabase(newer, next.folder),
    ...[1, 2, 3].map(() => remove(server, key, photo)),
  ]);
  expect(applied).toEqual([next.migration]);
  expect(during.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await remove(server, key, photo)).status).toBe(200);
  // What the newer one writes, the older one leaves as it is.
  await query(`update jobs set colour = 'red', is_urgent = true`);
  expect(await server.stop()).toBe(0);
  expect(await worker.stop()).toBe(0);
  const again = await start('old-server', 'serve');
  expect((await remove(again, key, photo)).status).toBe(200);
  expect(await query('select colour, is_urgent, count(*)::int from jobs group by 1, 2 order by 3')).toEqual([
    { colour: null, is_urgent: false, count: 1 },
    { colour: 'red', is_urgent: true, count: 4 },
  ]);
  expect(await run('command', 'audit')).toContain('The ledger is clean: 10 entries');
  await newer.destroy();
  await next.dispose();
});

/** Of Kysely's migrator. */
const MIGRATION_LOCK = '3853314791062309107';

test('whoever starts during a migration waits for it, while those that run go on', async () => {
  await openPostgres('migrated');
  const server = await start('old-server', 'serve');
  const key = await run('command', 'keys', 'create', '--plan', 'business');
  const migrating = new pg.Client({ connectionString: postgres.connectionString });
  await migrating.connect();
  await migrating.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
  let isUp = false;
  const starting = start('new-worker', 'worker').then(() => {
    isUp = true;
  });
  await until('it waits for the migration', async () => {
    const [waiting] = await query(`select 1 from pg_locks where locktype = 'advisory' and not granted`);
    return waiting !== undefined;
  });
  expect((await remove(server, key, await readPhoto('rocket.jpg'))).status).toBe(200);
  expect(isUp).toBe(false);
  await migrating.end();
  await starting;
  expect(isUp).toBe(true);
});
