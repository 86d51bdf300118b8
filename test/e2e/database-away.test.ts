/** PostgreSQL is stopped under a server: callers are told what is the matter, and when to come again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnPostgres, openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { call, createEnterprise, createForm, errorOf, readPhoto, remove } from '../helpers/api.ts';
import { copyCluster } from '../helpers/cluster.ts';
import { createInstallation, type Installation, type ServerProcess, takePort, until } from '../helpers/server.ts';

let installation: Installation;
let databaseDir: string;
let postgres: OwnPostgres;
let server: ServerProcess;
let workersPort: number;
let key: string;
let photo: Buffer;

const openPostgres = () => openOwnPostgres({ dataDir: databaseDir, role: 'server', log: () => {} });

beforeAll(async () => {
  installation = await createInstallation({}, { hasDatabase: false });
  databaseDir = await mkdtemp(path.join(tmpdir(), 'remuvr-database-'));
  await copyCluster(databaseDir);
  postgres = await openPostgres();
  installation.env.DATABASE_URL = postgres.connectionString;
  workersPort = await takePort();
  server = await installation.start(['serve', '--no-worker']);
  await installation.start(['worker'], { METRICS_PORT: String(workersPort) });
  key = await createEnterprise(installation, 'acme');
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => {
  await installation?.dispose();
  await postgres?.stop();
  await rm(databaseDir, { recursive: true, force: true });
});

const askWorker = async (route: string) => {
  const answer = await fetch(`http://127.0.0.1:${workersPort}${route}`);
  return { status: answer.status, body: await answer.json() };
};

test('before that, server and worker are ready', async () => {
  expect((await call(server, '/readyz')).status).toBe(200);
  expect(await askWorker('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  const checks = { database: 'ok', storage: 'ok', model: 'ok' };
  expect(await askWorker('/readyz')).toEqual({ status: 200, body: { status: 'ready', checks } });
});

test('every request that needs it is 503, says so, and says when to come again', async () => {
  const sent = await call(server, '/v1/remove?async=true', { method: 'POST', key, body: createForm({ bytes: photo }) });
  const address = sent.headers.get('location') ?? '';
  await postgres.stop();
  for (const answer of [
    await call(server, '/v1/auth', { key }),
    await call(server, '/v1/usage', { key }),
    await call(server, address, { key }),
    await remove(server, key, photo),
  ]) {
    expect(errorOf(answer)).toEqual({ status: 503, code: 'overloaded' });
    expect(answer.json<{ message: string }>().message).toBe(
      'The database of this server cannot be used at present. Send the request again later.',
    );
    expect(answer.headers.get('retry-after')).toBe('2');
  }
  expect((await call(server, '/healthz')).status).toBe(200);
  expect((await call(server, '/readyz')).status).toBe(503);
  expect((await askWorker('/healthz')).status).toBe(200);
  const checks = { database: 'failing', storage: 'ok', model: 'ok' };
  expect(await askWorker('/readyz')).toEqual({ status: 503, body: { status: 'unavailable', checks } });
});

test('when it is back, so are they', async () => {
  postgres = await openPostgres();
  await until('it is asked again', async () => (await call(server, '/v1/auth', { key })).status === 200);
  expect((await call(server, '/readyz')).status).toBe(200);
  expect((await askWorker('/readyz')).status).toBe(200);
});
