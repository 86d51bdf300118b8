/** Idempotency-Key on POST /remove: sent twice, done and paid for once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, call, createEnterprise, createForm, errorOf, readPhoto } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let photo: Buffer;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => await installation?.dispose());

type Sending = { readonly bytes?: Uint8Array; readonly fields?: Record<string, string>; readonly prefer?: string };

const send = (key: string, idempotencyKey: string, { bytes = photo, fields = {}, prefer = '' }: Sending = {}) =>
  call(server, '/v1/remove', {
    method: 'POST',
    key,
    body: createForm({ bytes }, fields),
    headers: { 'Idempotency-Key': idempotencyKey, Prefer: prefer },
  });
const jobIdOf = ({ headers }: Answer) => headers.get('x-job-id');
async function countRemovals(key: string): Promise<number> {
  const { usage } = (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>();
  return usage.totalRequests;
}

describe('a removal that is sent again with its key', () => {
  test('has the answer of the first one, and is charged once', async () => {
    const key = await createEnterprise(installation, 'again');
    const first = await send(key, 'order-1');
    const second = await send(key, 'order-1');
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(jobIdOf(second)).toBe(jobIdOf(first));
    expect(second.bytes.equals(first.bytes)).toBe(true);
    expect(await countRemovals(key)).toBe(1);
  });

  test('at the same time, ten times, is one job', async () => {
    const key = await createEnterprise(installation, 'storm');
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(key, 'storm')));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(new Set(answers.map(jobIdOf)).size).toBe(1);
    expect(await countRemovals(key)).toBe(1);
  });

  test('is answered when the quota is used up, as it was', async () => {
    const key = await createEnterprise(installation, 'last', { monthly: 1 });
    expect((await send(key, 'last')).status).toBe(200);
    expect((await send(key, 'last')).status).toBe(200);
    expect(errorOf(await send(key, 'next'))).toEqual({ status: 429, code: 'quota_exceeded' });
  });

  test('may be waited for the second time where it was not the first time', async () => {
    const key = await createEnterprise(installation, 'later');
    const first = await send(key, 'later', { prefer: 'respond-async' });
    const second = await send(key, 'later');
    expect([first.status, second.status]).toEqual([202, 200]);
    expect(jobIdOf(second)).toBe(jobIdOf(first));
  });

  test('fails as it failed, and was not charged', async () => {
    const key = await createEnterprise(installation, 'broken');
    const bytes = photo.subarray(0, 2000);
    const answers = [await send(key, 'broken', { bytes }), await send(key, 'broken', { bytes })];
    expect(answers.map(errorOf)).toEqual(Array(2).fill({ status: 400, code: 'invalid_image' }));
    expect(jobIdOf(answers[1] as Answer)).toBe(jobIdOf(answers[0] as Answer));
    expect(await countRemovals(key)).toBe(0);
  });
});

describe('in the dialects of others', () => {
  test.each([
    ['/v1.0/removebg', 'image_file', { size: 'preview' }],
    ['/api/remove', 'file', { om: 'true' }],
  ] as const)('%s sent twice is one job, and with another picture a conflict', async (route, field, fields) => {
    const key = await createEnterprise(installation, route.replace(/\W/g, '-'));
    const post = async (bytes: Buffer) => {
      const form = new FormData();
      form.set(field, new Blob([new Uint8Array(bytes)]), 'a.jpg');
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      const headers = { Authorization: `Bearer ${key}`, 'Idempotency-Key': 'order' };
      return await fetch(server.url + route, { method: 'POST', headers, body: form });
    };
    const answers = [await post(photo), await post(photo)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const [first, second] = await Promise.all(answers.map(async (answer) => Buffer.from(await answer.arrayBuffer())));
    expect(second?.equals(first as Buffer)).toBe(true);
    const conflict = await post(await readPhoto('coffee.png'));
    expect([conflict.status, await conflict.text()]).toEqual([409, expect.stringContaining('idempotency_conflict')]);
    expect(await countRemovals(key)).toBe(1);
  });
});

describe('the key', () => {
  test('with another picture or other parameters is a conflict', async () => {
    const key = await createEnterprise(installation, 'conflict');
    expect((await send(key, 'order')).status).toBe(200);
    const conflict = { status: 409, code: 'idempotency_conflict' };
    expect(errorOf(await send(key, 'order', { bytes: await readPhoto('coffee.png') }))).toEqual(conflict);
    expect(errorOf(await send(key, 'order', { fields: { format: 'webp' } }))).toEqual(conflict);
    expect(await countRemovals(key)).toBe(1);
  });

  test('of another account is another one', async () => {
    const [one, other] = [await createEnterprise(installation, 'one'), await createEnterprise(installation, 'other')];
    const [first, second] = [await send(one, 'shared'), await send(other, 'shared')];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(jobIdOf(second)).not.toBe(jobIdOf(first));
  });

  test('of a request that never became a job is free', async () => {
    const key = await createEnterprise(installation, 'corrected');
    expect(errorOf(await send(key, 'corrected', { fields: { format: 'gif' } })).code).toBe('invalid_parameter');
    expect((await send(key, 'corrected')).status).toBe(200);
  });

  test.each(['', ' ', 'a'.repeat(256)])('"%s" is refused', async (idempotencyKey) => {
    const key = await createEnterprise(installation, `bad-${idempotencyKey.length}`);
    expect(errorOf(await send(key, idempotencyKey))).toEqual({ status: 400, code: 'invalid_parameter' });
  });
});
