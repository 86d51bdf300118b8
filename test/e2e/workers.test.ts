/** Workers as an operator sees them: by the command, in the page of the admin and in the metrics; until they end, however that is. */
import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveWorker } from '../../src/domain/worker.ts';
import { createEnterprise, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, takePort, until } from '../helpers/server.ts';
import { signUp, type Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let metricsPort: number;
let server: ServerProcess;
let worker: ServerProcess;
let admin: Visitor;

beforeAll(async () => {
  metricsPort = await takePort();
  installation = await createInstallation();
  server = await installation.start(['serve', '--no-worker'], { METRICS_PORT: String(metricsPort) });
  admin = await signUp(server, 'admin@example.com');
  await admin.ask('/api/me');
});
afterAll(async () => await installation?.dispose());

const list = async (): Promise<LiveWorker[]> => JSON.parse((await installation.run('workers', '--json')).stdout);
const readMetrics = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
const nobodyIsLeft = async (): Promise<boolean> => (await list()).length === 0;

test('where there is none, that is said', async () => {
  expect((await installation.run('workers')).stdout).toBe('No worker lives: nothing is processed.\n');
  expect((await admin.ask('/api/admin/queue')).json).toMatchObject({ workers: [], models: [] });
  expect(await readMetrics()).not.toMatch(/^remuvr_worker/m);
});

test('one that takes jobs tells what it is and what it has done, to everybody who asks', async () => {
  worker = await installation.start(['worker']);
  const { pid } = worker.process;
  const key = await createEnterprise(installation, 'acme');
  expect((await remove(server, key, await readPhoto('rocket.jpg'))).status).toBe(200);
  const [told] = await until('its job is told', async () => {
    const workers = await list();
    return workers[0]?.jobsDone === 1 && workers;
  });
  const facts = { pid, host: hostname(), state: 'ready', model: 'isnet', version: expect.any(String), threads: 1 };
  expect(told).toMatchObject({ ...facts, capacity: 2, running: 0, jobMs: expect.any(Number) });
  // Its model is in its child.
  expect(told?.memoryMib).toBeGreaterThan(300);
  const { workers, models } = (await admin.ask('/api/admin/queue')).json;
  expect(workers).toMatchObject([{ name: `${hostname()} (${pid})`, ready: true, model: 'isnet', jobsDone: 1 }]);
  expect(models).toMatchObject([{ name: 'isnet', workers: 1, ready: true }]);
  const text = await readMetrics();
  expect(text).toMatch(/^remuvr_workers\{state="ready",model="isnet",version="[^"]+"\} 1$/m);
  expect(text).toContain(`remuvr_worker_jobs{worker="${hostname()}:${pid}"} 1`);
  expect((await installation.run('workers')).stdout).toContain(`${hostname()}:${pid}`);
  expect((await installation.run('doctor')).stdout).toMatch(
    /^ok {4}workers: 1 worker takes jobs, 0 jobs have not ended$/m,
  );
});

test('one that is killed is gone in a moment, and so are its measures', async () => {
  await worker.kill();
  await until('it is silent', nobodyIsLeft, 20_000);
  expect(await readMetrics()).not.toMatch(/^remuvr_worker/m);
});

test('one that ends in good order is gone with it, and so is one within a server', async () => {
  const whole = await installation.start(['worker']);
  await until('it is ready', async () => (await list())[0]?.state === 'ready');
  expect(await whole.stop()).toBe(0);
  expect(await list()).toEqual([]);
  expect(await server.stop()).toBe(0);
  const both = await installation.start();
  await until('it is ready', async () => (await list())[0]?.state === 'ready');
  expect(await list()).toMatchObject([{ pid: both.process.pid }]);
  expect(await both.stop()).toBe(0);
  expect(await list()).toEqual([]);
});
