/** GET /processed/NAME: the link is the permission; conditional requests, ranges and headers as RFC 9110 has them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Call, call, createEnterprise, errorOf, jobOf, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let removed: Answer;
let link: string;
let etag: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  const key = await createEnterprise(installation, 'acme');
  removed = await remove(server, key, await readPhoto('rocket.jpg'));
  const job = jobOf(await call(server, `/v1/status/${removed.headers.get('x-job-id')}`, { key }));
  link = job.status === 'completed' ? job.result : '';
  etag = (await get()).headers.get('etag') ?? '';
});
afterAll(async () => await installation?.dispose());

const get = (headers: Record<string, string> = {}, init: Call = {}) =>
  call(server, new URL(link).pathname, { headers, ...init });

test('the link is unguessable, is not the id of the job, and has the extension of its format', () => {
  expect(link).toMatch(new RegExp(`^${server.url}/processed/[0-9A-Za-z]{22,}\\.png$`));
  expect(link).not.toContain(removed.headers.get('x-job-id'));
});

test('it answers the bytes of the removal, without a key', async () => {
  const answer = await get();
  expect([answer.status, answer.type]).toEqual([200, 'image/png']);
  expect(answer.bytes.equals(removed.bytes)).toBe(true);
  expect(answer.headers.get('content-length')).toBe(String(removed.bytes.length));
  expect(answer.headers.get('accept-ranges')).toBe('bytes');
});

test('it may be kept by the caller until it expires, and is not sniffed for another type', async () => {
  const { headers } = await get();
  const maxAge = Number(/^private, max-age=(\d+), immutable$/.exec(headers.get('cache-control') ?? '')?.[1]);
  expect(maxAge).toBeGreaterThan(86_400 - 600);
  expect(maxAge).toBeLessThanOrEqual(86_400);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

describe('an ETag', () => {
  test('is strong and stays the same', async () => {
    expect(etag).toMatch(/^"[^"]+"$/);
    expect((await get()).headers.get('etag')).toBe(etag);
  });

  test.each([
    ['as it was given', () => etag],
    ['made weak on the way', () => `W/${etag}`],
    ['among others', () => `"other", ${etag}`],
    ['as *', () => '*'],
  ])('%s is answered 304 without a body', async (_name, tag) => {
    const answer = await get({ 'If-None-Match': tag() });
    expect([answer.status, answer.bytes.length]).toEqual([304, 0]);
    expect(answer.headers.get('etag')).toBe(etag);
  });

  test('of something else is answered in full', async () => {
    expect((await get({ 'If-None-Match': '"other"' })).status).toBe(200);
  });
});

describe('a range', () => {
  const size = () => removed.bytes.length;

  test.each([
    ['bytes=0-99', (n: number) => [0, 100, n]],
    ['bytes=100-199', (n: number) => [100, 200, n]],
    ['bytes=1000-', (n: number) => [1000, n, n]],
    ['bytes=-50', (n: number) => [n - 50, n, n]],
    ['bytes=0-99999999', (n: number) => [0, n, n]],
  ])('%s is answered 206 with these bytes', async (range, place) => {
    const [start = 0, end = 0, whole] = place(size());
    const answer = await get({ Range: range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${whole}`);
    expect(answer.headers.get('content-length')).toBe(String(end - start));
    expect(answer.bytes.equals(removed.bytes.subarray(start, end))).toBe(true);
  });

  test.each(['bytes=99999999-', 'bytes=-0'])('%s lies outside: 416 and the size', async (range) => {
    const answer = await get({ Range: range });
    expect(errorOf(answer)).toEqual({ status: 416, code: 'range_not_satisfiable' });
    expect(answer.headers.get('content-range')).toBe(`bytes */${size()}`);
    // The refusal is not the result: it must not be kept in its place.
    expect(answer.headers.get('cache-control') ?? '').not.toContain('immutable');
  });

  test.each(['bytes=5-2', 'bytes=-', 'lines=1-2', 'bytes=0-1,5-9', 'bytes=a-b'])('%s is ignored', async (range) => {
    const answer = await get({ Range: range });
    expect([answer.status, answer.bytes.length]).toEqual([200, size()]);
  });

  test('holds only for the version that If-Range names', async () => {
    expect((await get({ Range: 'bytes=0-9', 'If-Range': etag })).status).toBe(206);
    expect((await get({ Range: 'bytes=0-9', 'If-Range': '"other"' })).status).toBe(200);
  });
});

test('HEAD has the headers of GET and no body, and knows no range', async () => {
  for (const headers of [{}, { Range: 'bytes=0-9' }]) {
    const answer = await get(headers, { method: 'HEAD' });
    expect([answer.status, answer.bytes.length, answer.type]).toEqual([200, 0, 'image/png']);
    expect(answer.headers.get('content-length')).toBe(String(removed.bytes.length));
    expect(answer.headers.get('etag')).toBe(etag);
  }
});

test('what never existed is 404: another name, another extension, the id of the job', async () => {
  const name = new URL(link).pathname.slice('/processed/'.length, -'.png'.length);
  const wrong = [
    `${name}.jpg`,
    name,
    `${name}.png.png`,
    `${name.slice(1)}.png`,
    `${removed.headers.get('x-job-id')}.png`,
  ];
  for (const file of [...wrong, '..%2f..%2fVERSION', '%00.png', `${'a'.repeat(500)}.png`]) {
    expect(errorOf(await call(server, `/processed/${file}`)), file).toEqual({ status: 404, code: 'not_found' });
  }
});
