/** `remuvr doctor` on what is around the process: disks, the storage's mark, connections, workers and the collector of traces. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARK_KEY } from '../../src/domain/storage-mark.ts';
import { call, createEnterprise, createForm, readPhoto } from '../helpers/api.ts';
import { createInstallation, type Installation } from '../helpers/server.ts';
import { mountSmallDisk } from '../helpers/small-disk.ts';
import { startTraceReceiver } from '../helpers/trace-receiver.ts';

let installation: Installation;
const disk = mountSmallDisk(16);

beforeAll(async () => {
  installation = await createInstallation();
});
afterAll(async () => {
  await installation?.dispose();
  disk?.unmount();
});

/** The line of one finding, with the mark before it. */
async function examine(name: string, settings: Record<string, string> = {}): Promise<string | undefined> {
  const before = { ...installation.env };
  Object.assign(installation.env, settings);
  const run = installation.run('doctor').catch((error: { stdout: string }) => error);
  const line = (await run).stdout.split('\n').find((text) => text.slice(6).startsWith(`${name}:`));
  for (const key of Object.keys(settings)) installation.env[key] = before[key];
  return line;
}

test('a collector that takes traces is no fault; one that refuses, or is away, is, with what to do', async () => {
  const receiver = await startTraceReceiver();
  expect(await examine('traces', { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })).toBe(
    `ok    traces: the collector at ${receiver.url} takes them`,
  );
  expect(await examine('traces', { OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/?token=geheim` })).not.toContain(
    'geheim',
  );
  await receiver.close();
  const refusing = await startTraceReceiver({ status: 401 });
  expect(await examine('traces', { OTEL_EXPORTER_OTLP_ENDPOINT: refusing.url })).toMatch(
    /^FAIL {2}traces: .* answers 401: check OTEL_EXPORTER_OTLP_HEADERS\.$/,
  );
  await refusing.close();
  expect(await examine('traces', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).toMatch(
    /^FAIL {2}traces: .* cannot be reached \(\w+\): start it/,
  );
  expect(await examine('traces')).toBeUndefined();
});

test('a storage with the mark of another database is a fault, one without any is marked by the next start', async () => {
  expect(await examine('mark')).toBe('ok    mark: the storage has none yet; the next start marks it');
  const elsewhere = path.join(installation.dataDir, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(path.join(elsewhere, MARK_KEY), '5f0e3a7c-97a4-4a2b-8d07-3a3c8f4f2b11');
  expect(await examine('mark', { STORAGE_URL: `file://${elsewhere}` })).toMatch(/^FAIL {2}mark: .*STORAGE_URL/);
});

test('jobs that wait are a fault where servers run and no worker takes them, and none where nothing runs', async () => {
  expect(await examine('workers')).toBe('ok    workers: no workers take jobs, 0 jobs have not ended');
  const server = await installation.start(['serve', '--no-worker']);
  const key = await createEnterprise(installation, 'acme');
  const body = createForm({ bytes: await readPhoto('rocket.jpg') });
  expect((await call(server, '/v1/remove?async=true', { method: 'POST', key, body })).status).toBe(202);
  expect(await examine('workers')).toMatch(/^FAIL {2}workers: 1 job has not ended and no worker takes any: start one/);
  expect(await examine('mark')).toBe('ok    mark: the storage is that of this database');
  await server.stop();
  expect(await examine('workers')).toBe('ok    workers: nothing runs, 1 job waits for the next start');
});

test('more processes than the database has connections for are a fault', async () => {
  expect(await examine('connections')).toMatch(/^ok {4}connections: 0 processes take 0 at most, .* has \d+ places/);
  await appendFile(
    path.join(installation.dataDir, 'postgres/postgresql.conf'),
    'superuser_reserved_connections = 80\n',
  );
  const server = await installation.start(['serve', '--no-worker']);
  expect(await examine('connections')).toMatch(
    /^FAIL {2}connections: .*: 1 process takes 24 at most, and the database has 20 places, .* Raise max_connections/,
  );
  await server.stop();
});

test.skipIf(!disk)('the room of a first start is asked for until database and model are there', async () => {
  const needed = async (settings: Record<string, string>) =>
    / (\d+) MB may be needed/.exec((await examine('disk', settings)) ?? '')?.[1];
  const DATA_DIR = path.join(disk?.path ?? '', 'data');
  const cluster = path.join(DATA_DIR, 'postgres');
  const MODELS_DIR = path.join(installation.dataDir, 'models-elsewhere');
  expect(await needed({ DATA_DIR, MODELS_DIR })).toBe('1000');
  await mkdir(cluster, { recursive: true });
  await writeFile(path.join(cluster, 'PG_VERSION'), '18\n');
  expect(await needed({ DATA_DIR, MODELS_DIR })).toBe('300');
  const models = path.join(DATA_DIR, 'models');
  expect(await needed({ DATA_DIR, MODELS_DIR: models })).toBe('1000');
  await mkdir(models);
  await writeFile(path.join(models, 'isnet.onnx'), 'x');
  expect(await needed({ DATA_DIR, MODELS_DIR: models })).toBe('300');
});

test.skipIf(!disk)('a disk with less room than one job may need is a fault', async () => {
  expect(await examine('disk')).toMatch(/^ok {4}disk: [\d.]+ GB free in .*; one job may need 300 MB$/);
  expect(await examine('disk', { STORAGE_URL: `file://${disk?.path}` })).toMatch(
    /^FAIL {2}disk: Only \d+ MB are free in .*, and 300 MB may be needed: make room, set STORAGE_URL/,
  );
});
