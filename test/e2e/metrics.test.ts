/** /metrics of a server, as Prometheus reads it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MEASURES } from '../../src/domain/metrics.ts';
import { call, createEnterprise, errorOf, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, takePort, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let port: number;
let key: string;

beforeAll(async () => {
  port = await takePort();
  installation = await createInstallation({ METRICS_PORT: String(port) });
  server = await installation.start();
  key = await createEnterprise(installation, 'acme', { monthly: 1 });
});
afterAll(async () => await installation?.dispose());

const read = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

test('reasons and codes are told as 0 before the first of them', async () => {
  const text = await read();
  for (const reason of ['stopping', 'outage', 'missing_upload', 'error']) {
    expect(text).toContain(`remuvr_jobs_put_back_total{reason="${reason}"} 0`);
    expect(text).toContain(`remuvr_job_retries_total{reason="${reason}"} 0`);
  }
  expect(text).toContain('remuvr_job_retries_total{reason="lost"} 0');
  for (const code of ['invalid_image', 'processing_failed', 'cancelled']) {
    expect(text).toContain(`remuvr_job_failures_total{code="${code}"} 0`);
  }
});

test('a removal, its stages, a denial and the queue are told', async () => {
  const photo = await readPhoto('rocket.jpg');
  expect((await remove(server, key, photo)).status).toBe(200);
  expect(errorOf(await remove(server, key, photo)).code).toBe('quota_exceeded');
  const text = await until('both are counted', async () => {
    const now = await read();
    return now.includes('status="429"') && now;
  });
  expect(text).toContain('remuvr_requests_total{method="POST",route="/v1/remove",status="200"} 1');
  expect(text).toContain('remuvr_jobs_total{plan="enterprise",status="completed"} 1');
  expect(text).toContain('remuvr_quota_denials_total{plan="enterprise"} 1');
  for (const stage of ['queue', 'decode', 'infer', 'refine', 'encode']) {
    expect(text).toContain(`remuvr_stage_seconds_count{stage="${stage}"} 1`);
  }
  expect(text).toMatch(/^remuvr_megapixels_in_flight 0$/m);
  expect(text).toContain('remuvr_queue_jobs{plan="free",state="queued"} 0');
  expect(text).toContain('remuvr_queue_wait_seconds{plan="pro"} 0');
  expect(text).toMatch(/remuvr_model_info\{model="isnet",precision="(int8|fp32)"\} 1/);
  expect(text).toMatch(/^remuvr_disk_free_bytes\{folder="data"\} [1-9]\d+$/m);
  expect(text).toMatch(/^remuvr_disk_free_bytes\{folder="objects"\} [1-9]\d+$/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
});

test('pictures of a batch that are cancelled have failed', async () => {
  const other = await createEnterprise(installation, 'batches');
  const photo = await readPhoto('rocket.jpg');
  const form = new FormData();
  for (let i = 0; i < 8; i++) form.append('file', new Blob([new Uint8Array(photo)]), `${i}.jpg`);
  const sent = await call(server, '/v1/batches', { method: 'POST', key: other, body: form });
  const { id } = sent.json<{ batch: { id: string } }>().batch;
  const answer = await call(server, `/v1/batches/${id}/cancel`, { method: 'POST', key: other });
  const { failed } = answer.json<{ batch: { counts: { failed: number } } }>().batch.counts;
  expect(failed).toBeGreaterThan(0);
  const text = await read();
  expect(text).toContain(`remuvr_jobs_total{plan="enterprise",status="failed"} ${failed}`);
  expect(text).toContain(`remuvr_job_failures_total{code="cancelled"} ${failed}`);
});

const sampleOf = (text: string, name: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );

test('the memory of the server and of its children is told, and of a worker as much', async () => {
  const text = await read();
  expect(sampleOf(text, 'remuvr_children')).toBe(1);
  const own = sampleOf(text, 'process_resident_memory_bytes');
  const told = sampleOf(text, 'remuvr_memory_bytes{kind="main"}');
  expect(Math.abs(told / own - 1)).toBeLessThan(0.2);
  // The model alone takes more.
  expect(sampleOf(text, 'remuvr_memory_bytes{kind="children"}')).toBeGreaterThan(150e6);

  const workersPort = await takePort();
  const worker = await installation.start(['worker'], { METRICS_PORT: String(workersPort) });
  const ofWorker = await (await fetch(`http://127.0.0.1:${workersPort}/metrics`)).text();
  expect(sampleOf(ofWorker, 'remuvr_children')).toBe(1);
  expect(sampleOf(ofWorker, 'remuvr_memory_bytes{kind="children"}')).toBeGreaterThan(150e6);
  expect(await worker.stop()).toBe(0);
});

test('every measure of the table is there, and none names a result, a key or an account', async () => {
  const text = await read();
  for (const name of Object.keys(MEASURES)) expect(text).toContain(`# TYPE ${name} `);
  expect(text).not.toMatch(/rmv_|acme|[0-9A-Za-z]{22,}\.png/);
});

test('callers of the API do not reach it', async () => {
  expect((await call(server, '/metrics')).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/v1/auth`)).status).toBe(404);
});
