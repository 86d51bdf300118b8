/** The settings that change what a caller sees: SYNC_TIMEOUT, TIME_ZONE, PUBLIC_URL, CDN_URL and RESULT_TTL. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobBody } from '../../src/contract/schemas.ts';
import { type Answer, call, createEnterprise, errorOf, jobOf, readPhoto, remove, waitForEnd } from '../helpers/api.ts';
import { createInstallation, type Installation, until } from '../helpers/server.ts';

const CDN = 'https://cdn.example/pictures';
const OFFSET_MS = 5.5 * 3600_000;

let installation: Installation;
let server: { url: string };
let key: string;
let accepted: Answer;
let job: Exclude<JobBody, { status: 'processing' }>;
let sentAtMs: number;
let endedAtMs: number;
/** The address of the result on this server; the link names another, which passes it on. */
let result: string;
let fresh: Answer;

beforeAll(async () => {
  installation = await createInstallation({
    SYNC_TIMEOUT: '0',
    TIME_ZONE: '+05:30',
    PUBLIC_URL: 'https://api.example/',
    CDN_URL: `${CDN}/`,
    RESULT_TTL: '4',
  });
  const started = await installation.start();
  expect(started.url).toBe('https://api.example');
  server = { url: /Server listening at (http:[^"]+)/.exec(started.log())?.[1] ?? '' };
  key = await createEnterprise(installation, 'acme');
  sentAtMs = Date.now();
  accepted = await remove(server, key, await readPhoto('rocket.jpg'));
  job = await waitForEnd(server, key, jobOf(accepted).id);
  endedAtMs = Date.now();
  result = job.status === 'completed' ? `/${job.result.slice(CDN.length + 1)}` : '';
  fresh = await call(server, result);
});
afterAll(async () => await installation?.dispose());

test('a call that outlasts SYNC_TIMEOUT is answered 202 in the form of an asynchronous one, and nothing is lost', () => {
  expect(accepted.status).toBe(202);
  expect(accepted.json()).toEqual({
    status: 'success',
    job: { id: accepted.headers.get('x-job-id'), status: 'processing', createdAt: expect.any(String) },
  });
  expect(accepted.headers.get('location')).toBe(`/v1/status/${jobOf(accepted).id}`);
  expect(accepted.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(job).toMatchObject({ id: jobOf(accepted).id, status: 'completed' });
});

test('times are written with seconds and the offset of TIME_ZONE, and are the true moments', () => {
  for (const time of [job.createdAt, job.completedAt]) {
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30$/);
    const moment = Date.parse(time);
    expect(moment).toBeGreaterThanOrEqual(Math.floor(sentAtMs / 1000) * 1000);
    expect(moment).toBeLessThanOrEqual(endedAtMs);
    // The hour on the face of the clock is that of the zone.
    expect(time.slice(0, 19)).toBe(new Date(moment + OFFSET_MS).toISOString().slice(0, 19));
  }
  expect(Date.parse(job.completedAt)).toBeGreaterThanOrEqual(Date.parse(job.createdAt));
});

test('the quota month is that of UTC all the same', async () => {
  const now = new Date();
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString();
  const auth = await call(server, '/v1/auth', { key });
  expect(auth.json()).toMatchObject({ resetDate: month.replace('.000Z', 'Z') });
});

test('a result is linked under CDN_URL, and PUBLIC_URL is the origin in the document', async () => {
  expect(job).toMatchObject({ result: expect.stringMatching(new RegExp(`^${CDN}/processed/[0-9A-Za-z]{22,}\\.png$`)) });
  expect((await call(server, '/openapi.json')).json()).toMatchObject({ servers: [{ url: 'https://api.example' }] });
});

test('a result is there for RESULT_TTL, then 410, and within a minute no longer on the disk', async () => {
  expect(fresh.status).toBe(200);
  expect(Number(/max-age=(\d+)/.exec(fresh.headers.get('cache-control') ?? '')?.[1])).toBeLessThanOrEqual(4);
  const stored = path.join(installation.dataDir, 'objects', 'processed');
  const gone = await until('the result expires', async () => {
    const answer = await call(server, result);
    return answer.status !== 200 && answer;
  });
  const expiredAtMs = Date.now();
  expect(errorOf(gone)).toEqual({ status: 410, code: 'gone' });
  expect(gone.headers.get('cache-control') ?? '').not.toContain('immutable');
  expect(expiredAtMs - Date.parse(job.completedAt)).toBeGreaterThanOrEqual(4000);
  await until('the result is off the disk', async () => (await readdir(stored)).length === 0);
  // Deleted or not, it is gone, and the job still says what became of it.
  expect((await call(server, result, { method: 'HEAD' })).status).toBe(410);
  expect(errorOf(await call(server, result))).toEqual({ status: 410, code: 'gone' });
  expect(jobOf(await call(server, `/v1/status/${job.id}`, { key }))).toEqual(job);
}, 120_000);
