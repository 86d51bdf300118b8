/** How a batch ends before its time: cancelled, deleted, its server killed, its sender gone. */
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BatchBody } from '../../src/contract/batch-schemas.ts';
import { call, createEnterprise, errorOf, readPhoto } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let photo: Buffer;
let key: string;

beforeEach(async () => {
  photo = await readPhoto('chelsea.png');
  installation = await createInstallation({ WORKERS: '1' });
  server = await installation.start();
  key = await createEnterprise(installation, 'ends');
});
afterEach(async () => await installation?.dispose());

async function submit(count: number): Promise<BatchBody> {
  const form = new FormData();
  for (let i = 0; i < count; i++) form.append('file', new Blob([new Uint8Array(photo)]), `${i}.png`);
  const answer = await call(server, '/v1/batches', { method: 'POST', key, body: form });
  expect(answer.status).toBe(202);
  return answer.json<{ batch: BatchBody }>().batch;
}
const read = async (id: string) =>
  (await call(server, `/v1/batches/${id}`, { key })).json<{ batch: BatchBody }>().batch;
const waitFor = (id: string) =>
  until('the batch ends', async () => {
    const batch = await read(id);
    return batch.status !== 'processing' && batch;
  });
async function countRemovals(): Promise<number> {
  return (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>().usage.totalRequests;
}
const list = (folder: string) => readdir(path.join(installation.dataDir, 'objects', folder)).catch(() => []);
async function expectCleanLedger(): Promise<void> {
  const { stdout } = await installation.run('audit', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ periods: [], jobs: [] });
}

test('a cancelled batch keeps what is done, ends what had not begun uncharged, and is packed', async () => {
  const { id } = await submit(8);
  expect(errorOf(await call(server, `/v1/batches/${id}/zip`, { key }))).toEqual({
    status: 409,
    code: 'batch_unfinished',
  });
  expect((await call(server, `/v1/batches/${id}/cancel`, { method: 'POST', key })).status).toBe(200);
  const done = await waitFor(id);
  const { completed, failed } = done.counts;
  expect(done.status).toBe('cancelled');
  expect([completed + failed, failed > 0]).toEqual([8, true]);
  for (const { error } of done.items) if (error) expect(error.code).toBe('cancelled');
  expect(await countRemovals()).toBe(completed);
  expect((await call(server, `/v1/batches/${id}/zip`, { key })).status).toBe(200);
  await expectCleanLedger();
});

test('a deleted batch is found no more, nor its jobs, and everything of it leaves the storage', async () => {
  const { id, items } = await submit(4);
  expect((await call(server, `/v1/batches/${id}`, { method: 'DELETE', key })).status).toBe(204);
  const notFound = { status: 404, code: 'not_found' };
  expect(errorOf(await call(server, `/v1/batches/${id}`, { key }))).toEqual(notFound);
  expect(errorOf(await call(server, `/v1/batches/${id}`, { method: 'DELETE', key }))).toEqual(notFound);
  expect(errorOf(await call(server, `/v1/status/${items[3]?.job}`, { key }))).toEqual(notFound);
  await until('the storage is empty', async () => {
    const left = await Promise.all(['uploads', 'processed', 'thumbnails', '.tmp'].map(list));
    return left.flat().length === 0;
  });
  await expectCleanLedger();
});

test('a batch that was accepted outlives kill -9 of its server, each picture charged once', async () => {
  const { id } = await submit(5);
  await server.kill();
  server = await installation.start();
  const done = await waitFor(id);
  expect(done.counts).toEqual({ queued: 0, processing: 0, completed: 5, failed: 0 });
  expect(await countRemovals()).toBe(5);
  await expectCleanLedger();
});

test('a batch whose sender hangs up in the middle leaves nothing behind', async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const part = (i: number) => `--b\r\nContent-Disposition: form-data; name="file"; filename="${i}.png"\r\n\r\n`;
  const head = `POST /v1/batches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n`;
  socket.write(
    Buffer.concat([Buffer.from(head + part(1)), photo, Buffer.from(`\r\n${part(2)}`), photo.subarray(0, 5000)]),
  );
  await until('the second picture arrives', async () => (await list('.tmp')).length === 2);
  socket.destroy();
  await until('its files are deleted', async () => (await list('.tmp')).length === 0);
  expect(await list('uploads')).toEqual([]);
  expect(await countRemovals()).toBe(0);
});
