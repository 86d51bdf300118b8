/** The whole service on a bucket: what a caller sees while S3 is there, and while it is away. */
import path from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, createEnterprise, createForm, errorOf, jobOf, readPhoto, remove, waitForEnd } from '../helpers/api.ts';
import { BUCKET, CREDENTIALS, type Gate, type S3Server, startGate, startS3Server } from '../helpers/s3-server.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let bucket: S3Server;
let gate: Gate;
let server: ServerProcess;
let key: string;
let photo: Buffer;

beforeAll(async () => {
  installation = await createInstallation();
  bucket = await startS3Server(path.join(installation.dataDir, 'bucket'));
  gate = await startGate(bucket);
  Object.assign(installation.env, {
    STORAGE_URL: `s3://${BUCKET}/remuvr?endpoint=${gate.url}`,
    CDN_URL: `s3+${bucket.url}`,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  });
  server = await installation.start();
  key = await createEnterprise(installation, 'acme');
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => {
  await installation?.dispose();
  await gate?.close();
  await bucket?.close();
});

const used = async () =>
  (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>().usage.totalRequests;

test('a removal goes through the bucket, and its link leads there', async () => {
  const removed = await remove(server, key, photo);
  expect([removed.status, removed.type]).toEqual([200, 'image/png']);
  const job = jobOf(await call(server, `/v1/status/${removed.headers.get('x-job-id')}`, { key }));
  const link = job.status === 'completed' ? job.result : '';
  expect(link.startsWith(`${server.url}/processed/`)).toBe(true);

  const sent = await fetch(link, { redirect: 'manual' });
  expect([sent.status, sent.headers.get('cache-control')]).toEqual([302, 'private, no-store']);
  expect(sent.headers.get('location')).toContain(`${bucket.url}/${BUCKET}/remuvr/processed/`);
  const followed = await fetch(link);
  expect(followed.headers.get('content-type')).toBe('image/png');
  expect(Buffer.from(await followed.arrayBuffer()).equals(removed.bytes)).toBe(true);
  const part = await fetch(link, { headers: { Range: 'bytes=0-7' } });
  expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 8]);

  const head = await fetch(link, { method: 'HEAD', redirect: 'manual' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(removed.bytes.length)]);
});

test('a batch goes through the bucket, and its archive comes from there', async () => {
  const form = new FormData();
  for (const name of ['a.jpg', 'b.jpg']) form.append('file', new Blob([new Uint8Array(photo)]), name);
  const sent = await call(server, '/v1/batches', { method: 'POST', key, body: form });
  const { id } = sent.json<{ batch: { id: string } }>().batch;
  const archive = await until('the batch is packed', async () => {
    const answer = await call(server, `/v1/batches/${id}/zip`, { key });
    return answer.status === 200 && answer.bytes;
  });
  const members = unzipSync(archive);
  expect(Object.keys(members).sort()).toEqual(['a.png', 'b.png']);
  expect(members['a.png']).toEqual(members['b.png']);
});

test('while S3 is away an upload is 503 and costs nothing', async () => {
  const before = await used();
  gate.decide = () => 'cut';
  const refused = await remove(server, key, photo);
  expect(errorOf(refused)).toEqual({ status: 503, code: 'overloaded' });
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await used()).toEqual(before);
  gate.decide = () => 'pass';
  expect((await remove(server, key, photo)).status).toBe(200);
});

test('a job whose picture or result meets a bucket that is away waits for it, and ends well', async () => {
  let lost = 0;
  // The upload of the caller passes; the worker meets failures, more than its client tries by itself.
  gate.decide = ({ method, url }) => {
    const isWorkers =
      (method === 'GET' && url.includes('/uploads/')) || (method === 'PUT' && url.includes('/processed/'));
    return isWorkers && lost++ < 8 ? 503 : 'pass';
  };
  const sent = await call(server, '/v1/remove?async=true', { method: 'POST', key, body: createForm({ bytes: photo }) });
  const job = await waitForEnd(server, key, jobOf(sent).id);
  gate.decide = () => 'pass';
  expect(job.status).toBe('completed');
  expect(lost).toBeGreaterThan(8);
  await installation.run('audit');
});

test('doctor says whether the bucket can be written, and what to do', async () => {
  const { stdout } = await installation.run('doctor');
  expect(stdout).toContain(`ok    storage: the bucket "${BUCKET}" can be written`);
  const elsewhere = installation.env.STORAGE_URL;
  installation.env.STORAGE_URL = `s3://no-such-bucket?endpoint=${gate.url}`;
  const failed = await installation.run('doctor').catch((error: { stdout: string }) => error);
  installation.env.STORAGE_URL = elsewhere;
  expect(failed.stdout).toContain('FAIL  storage: The bucket "no-such-bucket" of STORAGE_URL is not there');
});
