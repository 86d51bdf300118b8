/** remuvr backup and restore, on a server that goes on working meanwhile. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, createEnterprise, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let restored: Installation;
let server: ServerProcess;
let key: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-backup-'));
  installation = await createInstallation();
  restored = await createInstallation({}, { hasDatabase: false });
  server = await installation.start();
  key = await createEnterprise(installation, 'acme');
});
afterAll(async () => {
  await installation?.dispose();
  await restored?.dispose();
  await rm(folder, { recursive: true, force: true });
});

type Failed = { code?: number; stderr: string };
const failure = (work: Promise<unknown>): Promise<Failed> =>
  work.then(
    () => ({ stderr: 'done' }),
    (error: Failed) => error,
  );
const usedOf = async (of: ServerProcess): Promise<number> =>
  (await call(of, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>().usage.totalRequests;

test('what was committed before a backup is in it, while others are working', async () => {
  const photo = await readPhoto('rocket.jpg');
  expect((await remove(server, key, photo)).status).toBe(200);
  const used = await usedOf(server);
  const busy = Promise.all([remove(server, key, photo), remove(server, key, photo)]);
  const { stdout } = await installation.run('backup', path.join(folder, 'first'));
  expect(stdout).toContain('Pictures and results are not in it');
  await busy;

  const done = await restored.run('restore', path.join(folder, 'first'));
  expect(done.stdout).toMatch(/^The database of \S+ is restored; \d+ ledger entries agree\.$/m);
  expect((await restored.run('audit')).stdout).toContain('The ledger is clean');
  const again = await restored.start();
  expect(await usedOf(again)).toBeGreaterThanOrEqual(used);
  expect((await remove(again, key, photo)).status).toBe(200);
  await again.stop();
  expect((await restored.run('audit')).stdout).toContain('The ledger is clean');
});

test('a backup never goes where something is, and a restore neither', async () => {
  expect((await failure(installation.run('backup', folder))).stderr).toContain('holds files already');
  const inUse = await failure(installation.run('restore', path.join(folder, 'first')));
  expect([inUse.code, inUse.stderr]).toEqual([1, expect.stringContaining('stop it first')]);
  const filled = await failure(restored.run('restore', path.join(folder, 'first')));
  expect([filled.code, filled.stderr]).toEqual([1, expect.stringContaining('holds a database already')]);
});

test('a folder that is no whole backup is not restored', async () => {
  const broken = path.join(folder, 'broken');
  await mkdir(path.join(broken, 'postgres'), { recursive: true });
  await writeFile(path.join(broken, 'postgres', 'PG_VERSION'), '18');
  expect((await failure(restored.run('restore', broken))).stderr).toContain('is no backup');
});

test('the secret of sessions is in it, for its owner alone', async () => {
  const kept = await readFile(path.join(installation.dataDir, 'auth-secret'), 'utf8').catch(() => undefined);
  const copied = await readFile(path.join(folder, 'first', 'auth-secret'), 'utf8').catch(() => undefined);
  expect(copied).toBe(kept);
});

test('a database elsewhere is left to its own tools', async () => {
  const env = installation.env;
  Object.assign(env, { DATABASE_URL: 'postgres://nobody@localhost/none' });
  expect((await failure(installation.run('backup', path.join(folder, 'x')))).stderr).toContain('pg_dump');
  env.DATABASE_URL = undefined;
});
