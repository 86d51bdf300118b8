/** Where several things are wrong with a request, the first of them is told: 404/405, OPTIONS, 401, 429 rate, 403, 413, 400, 429 quota. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, createEnterprise, createForm, errorOf, expectToFit, readPhoto, remove } from '../helpers/api.ts';
import { openConnection } from '../helpers/raw-http.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let photo: Buffer;
const MAX_FILE_SIZE = 200_000;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  // Nothing is left of its month from the start.
  key = await createEnterprise(installation, 'acme', { maxFileSize: MAX_FILE_SIZE, monthly: 0 });
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => await installation?.dispose());

/** Sends the head of a request that announces a body of 1 GB, and none of the body. */
async function announce(method: string, route: string, headers: readonly string[] = []) {
  const connection = await openConnection(server.url);
  try {
    const type = 'Content-Type: multipart/form-data; boundary=x';
    await connection.write(
      [`${method} ${route} HTTP/1.1`, 'Host: x', type, 'Content-Length: 1000000000', ...headers, '', ''].join('\r\n'),
    );
    const answer = await connection.answer();
    await expectToFit(server.url, route, method, answer);
    return answer;
  } finally {
    connection.close();
  }
}

test('404 and 405 come before the key, and before the body', async () => {
  expect((await announce('POST', '/nothing')).status).toBe(404);
  expect((await announce('PUT', '/remove')).status).toBe(405);
});

test('who asked to close and is answered early can write the rest of the body: nothing is reset', async () => {
  const connection = await openConnection(server.url);
  const half = Buffer.alloc(2_000_000);
  try {
    const head = ['POST /remove HTTP/1.1', 'Host: x', 'Connection: close', 'Content-Type: image/jpeg'];
    await connection.write([...head, `Content-Length: ${2 * half.length}`, '', ''].join('\r\n'));
    await connection.write(half);
    expect((await connection.answer()).status).toBe(401);
    await connection.write(half);
    // The server has read it all when it answers another caller.
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(connection.isOpen()).toBe(true);
  } finally {
    connection.close();
  }
});

test('OPTIONS comes before the key and the limits', async () => {
  expect((await announce('OPTIONS', '/remove', ['Authorization: Bearer bad'])).status).toBe(204);
});

test('a bad key is answered without the body, however large it is', async () => {
  for (const headers of [[], ['Authorization: Bearer bad'], ['Authorization: Bearer bad', 'Expect: 100-continue']]) {
    expect(errorOf(await announce('POST', '/remove', headers)).status).toBe(401);
  }
});

test('429 of the rate comes after 401 and before 413, without the body', async () => {
  const slow = await createEnterprise(installation, 'slow', { rps: 1, maxFileSize: 10 });
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => announce('POST', '/remove', [`Authorization: Bearer ${slow}`])),
  );
  const codes = answers.map((answer) => errorOf(answer).code);
  expect(codes).toContain('rate_limit_exceeded');
  expect(codes).toContain('file_too_large');
  expect((await announce('POST', '/remove', ['Authorization: Bearer bad'])).status).toBe(401);
});

test('403 comes before 413, without the body: a live key whose account fell back to the free plan', async () => {
  const fallen = await installation.createKey('--plan', 'pro', '--account', 'fallen');
  const testKey = await installation.createKey('--account', 'fallen', '--test');
  await installation.run('accounts', 'set-plan', 'fallen', 'free');
  const answer = await announce('POST', '/remove', [`Authorization: Bearer ${fallen}`]);
  expect(errorOf(answer)).toEqual({ status: 403, code: 'plan_required' });
  // Test keys are for everybody.
  expect((await remove(server, testKey, photo, { query: '?async=true' })).status).toBe(202);
});

test('413 comes before 400: too large, no picture, and a bad parameter', async () => {
  const large = Buffer.alloc(MAX_FILE_SIZE + 1, 'x');
  for (const query of ['', '?format=bad']) {
    expect(errorOf(await remove(server, key, large, { query }))).toEqual({ status: 413, code: 'file_too_large' });
  }
  const body = createForm({ bytes: large }, { format: 'bad' });
  expect((await call(server, '/remove', { method: 'POST', key, body })).status).toBe(413);
  expect((await announce('POST', '/remove?format=bad', [`Authorization: Bearer ${key}`])).status).toBe(413);
});

test('400 comes before the quota, and the quota before the work', async () => {
  expect(errorOf(await remove(server, key, Buffer.from('no picture')))).toEqual({ status: 400, code: 'invalid_image' });
  expect(errorOf(await remove(server, key, photo, { query: '?output=bad' }))).toEqual({
    status: 400,
    code: 'invalid_parameter',
  });
  expect((await call(server, '/remove', { method: 'POST', key })).json()).toMatchObject({ code: 'missing_file' });
  // Only the pipeline would find out that it is damaged.
  const damaged = await remove(server, key, photo.subarray(0, 50_000));
  expect(errorOf(damaged)).toEqual({ status: 429, code: 'quota_exceeded' });
  expect(damaged.headers.get('x-job-id')).toBeNull();
});

test('a request id is told with each of them', async () => {
  const id = randomUUID();
  const answer = await announce('POST', '/remove', [`X-Request-Id: ${id}`]);
  expect(answer.json()).toMatchObject({ requestId: id });
});
