/** The client in Node, against the server. */
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Fetch, type PictureInput, Remuvr, type RemuvrError } from '@remuvr/client';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEnterprise, readPhoto } from '../helpers/api.ts';
import { createInstallation, type Installation, PHOTOS, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let remuvr: Remuvr;
let photo: Buffer;
let folder: string;
const FILE = path.join(PHOTOS, 'rocket.jpg');

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  remuvr = new Remuvr({ key: await createEnterprise(installation, 'main'), baseUrl: `${server.url}/` });
  photo = await readPhoto('rocket.jpg');
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-client-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await installation?.dispose();
});

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  await promise.then(
    () => 'it did not fail',
    (error: RemuvrError) => error.code,
  );

test('a path becomes a file, with all that is known of the result', async () => {
  const result = await remuvr.remove(FILE, { format: 'webp', quality: 'fast' });
  expect(result).toMatchObject({ type: 'image/webp', width: 640, height: 427, creditsCharged: 1 });
  expect(result.foreground).toEqual(expect.objectContaining({ top: expect.any(Number), width: expect.any(Number) }));
  expect(result.confidence).toBeGreaterThan(0);
  expect(result.requestId).toMatch(/^[\w-]{36}$/);
  const target = path.join(folder, 'cutout.webp');
  await result.save(target);
  expect(await readFile(target)).toEqual(Buffer.from(await result.bytes()));
  expect(await sharp(target).metadata()).toMatchObject({ format: 'webp', width: 640, height: 427, hasAlpha: true });
  expect(await remuvr.jobs.get(result.jobId ?? '')).toMatchObject({
    status: 'completed',
    confidence: result.confidence,
  });
});

test.each<[string, () => PictureInput]>([
  ['a Buffer', () => photo],
  [
    'a part of a larger ArrayBuffer',
    () => new Uint8Array(Buffer.concat([Buffer.from('??'), photo]).buffer).subarray(2),
  ],
  ['an ArrayBuffer', () => new Uint8Array(photo).buffer],
  ['a Blob', () => new Blob([new Uint8Array(photo)])],
  ['a File', () => new File([new Uint8Array(photo)], 'ünï"code.jpg')],
  ['a stream of Node', () => createReadStream(FILE)],
  ['a ReadableStream', () => new Blob([new Uint8Array(photo)]).stream()],
  ['a file URL', () => pathToFileURL(FILE)],
  ['a data URL', () => `data:image/jpeg;base64,${photo.toString('base64')}`],
])('%s is a picture', async (_what, create) => {
  const { width, height } = await remuvr.remove(create(), { quality: 'fast', output: 'mask' });
  expect([width, height]).toEqual([640, 427]);
});

test('the upload tells its progress, from the first bytes to the last', async () => {
  const seen: { loaded: number; total: number }[] = [];
  await remuvr.remove(photo, { quality: 'fast' }, { onProgress: (progress) => seen.push(progress) });
  const loaded = seen.map((progress) => progress.loaded);
  expect(loaded.length).toBeGreaterThan(1);
  expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
  const total = seen[0]?.total ?? 0;
  expect(total).toBeGreaterThan(photo.length);
  expect(loaded.at(-1)).toBe(total);
});

test('a job goes on by itself, is waited for, and its result is fetched', async () => {
  const job = await remuvr.jobs.create(photo, { quality: 'fast' });
  expect(job).toMatchObject({ status: 'processing', id: expect.any(String) });
  const done = await remuvr.jobs.wait(job.id);
  expect(done).toMatchObject({ id: job.id, status: 'completed' });
  const result = await remuvr.jobs.result(done);
  expect(result).toMatchObject({ jobId: job.id, type: 'image/png', confidence: done.confidence, width: undefined });
  expect(await sharp(await result.bytes()).metadata()).toMatchObject({ width: 640, height: 427 });
});

test('where the server answers remove with a job, the result comes all the same', async () => {
  const slow: Fetch = (url, init) =>
    fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), Prefer: 'respond-async' } });
  const key = await installation.createKey('--account', 'main');
  const result = await new Remuvr({ key, baseUrl: server.url, fetch: slow }).remove(photo, { quality: 'fast' });
  expect(result).toMatchObject({ type: 'image/png', jobId: expect.any(String) });
  expect(result.confidence).toBeGreaterThan(0);
});

test('a job that fails is thrown with the code of its error', async () => {
  const job = await remuvr.jobs.create(photo, { min_confidence: 1 });
  expect(await codeOf(remuvr.jobs.wait(job.id))).toBe('low_confidence');
});

test('the usage counts what was removed, and the key is good', async () => {
  const before = await remuvr.usage();
  await remuvr.remove(photo, { quality: 'fast' });
  const after = await remuvr.usage();
  expect(after.totalRequests).toBe(before.totalRequests + 1);
  expect(await remuvr.auth()).toMatchObject({ plan: 'enterprise', requestsRemaining: after.remainingRequests });
});

test('each refusal has the code, the status and the request id of the server', async () => {
  const stranger = new Remuvr({ key: 'rmv_live_wrong', baseUrl: server.url });
  await expect(stranger.auth()).rejects.toMatchObject({
    name: 'RemuvrError',
    code: 'invalid_api_key',
    status: 401,
    requestId: expect.stringMatching(/^[\w-]{36}$/),
  });
  expect(await codeOf(remuvr.remove(Buffer.from('no picture')))).toBe('invalid_image');
  expect(await codeOf(remuvr.remove(photo, { format: 'bmp' as 'png' }))).toBe('invalid_parameter');
  expect(await codeOf(remuvr.jobs.get('../usage'))).toBe('not_found');
});

test('a file above the limit is refused with its code, also where its progress is watched', async () => {
  const key = await createEnterprise(installation, 'narrow', { maxFileSize: 1000 });
  const narrow = new Remuvr({ key, baseUrl: server.url });
  expect(await codeOf(narrow.remove(photo))).toBe('file_too_large');
  expect(await codeOf(narrow.remove(photo, {}, { onProgress: () => {} }))).toBe('file_too_large');
});

test('more calls at once than the rate allows all succeed, after the 429 that the server really gave', async () => {
  const key = await createEnterprise(installation, 'slow', { rps: 3 });
  const statuses: number[] = [];
  const watching: Fetch = async (url, init) => {
    const response = await fetch(url, init);
    statuses.push(response.status);
    return response;
  };
  const slow = new Remuvr({ key, baseUrl: server.url, fetch: watching });
  const answers = await Promise.all(Array.from({ length: 7 }, () => slow.auth()));
  expect(answers.map((answer) => answer.plan)).toEqual(Array(7).fill('enterprise'));
  expect(statuses).toContain(429);
  const done = await Promise.all(Array.from({ length: 5 }, () => slow.jobs.create(photo, { quality: 'fast' })));
  expect(new Set(done.map((job) => job.id)).size).toBe(5);
  expect((await slow.usage()).totalRequests).toBe(5);
});

test('an upload can be given up', async () => {
  const stopping = new AbortController();
  const call = remuvr.remove(photo, {}, { signal: stopping.signal, onProgress: () => stopping.abort() });
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});
