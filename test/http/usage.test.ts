/** GET /v1/usage: the table of plans as callers see it, and what a removal and a failure do to the count. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, createEnterprise, errorOf, readPhoto, remove, waitForEnd } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;

beforeAll(async () => {
  installation = await createInstallation({ TIME_ZONE: '-11:30' });
  server = await installation.start();
});
afterAll(async () => await installation?.dispose());

/** The first of the next month in UTC, whatever zone the server writes its times in. */
function nextMonth(): string {
  const now = new Date();
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
  return month.toISOString().replace(/\.\d+Z$/, 'Z');
}

type Usage = { usage: { totalRequests: number; remainingRequests: number } };
const usageOf = async (key: string): Promise<Usage['usage']> =>
  (await call(server, '/v1/usage', { key })).json<Usage>().usage;

test.each([
  ['free', ['--test'], 50, 10_000_000, 2],
  ['pro', [], 5_000, 10_000_000, 10],
  ['business', [], 25_000, 50_000_000, 20],
] as const)('the plan %s has the limits of the table', async (plan, flags, quota, maxFileSize, requestsPerSecond) => {
  const key = await installation.createKey('--plan', plan, ...flags);
  const answer = await call(server, '/v1/usage', { key });
  expect(answer.status).toBe(200);
  expect(answer.json()).toEqual({
    status: 'success',
    usage: {
      plan,
      totalRequests: 0,
      remainingRequests: quota,
      resetDate: nextMonth(),
      limits: { maxFileSize, requestsPerSecond },
    },
  });
});

test('a plan without live keys gives none', async () => {
  await expect(installation.createKey('--plan', 'free')).rejects.toThrow(/test keys only/);
});

test('an enterprise account has the limits that were set for it, from the moment that they are set', async () => {
  const key = await createEnterprise(installation, 'custom', { monthly: 77, rps: 33, maxFileSize: 123_456_789 });
  expect((await call(server, '/v1/usage', { key })).json()).toMatchObject({
    usage: { plan: 'enterprise', remainingRequests: 77, limits: { maxFileSize: 123_456_789, requestsPerSecond: 33 } },
  });
  await installation.run('accounts', 'set-limits', 'custom', '--rps', '44');
  expect((await call(server, '/v1/usage', { key })).json()).toMatchObject({
    usage: { remainingRequests: 77, limits: { maxFileSize: 123_456_789, requestsPerSecond: 44 } },
  });
});

test('a removal counts once, a failed one not at all, a test key never, and total and remaining are always the quota', async () => {
  const key = await createEnterprise(installation, 'counted', { monthly: 9 });
  const testKey = await installation.createKey('--account', 'counted', '--test');
  const photo = await readPhoto('rocket.jpg');

  const failed = await remove(server, key, photo.subarray(0, 30_000));
  expect(errorOf(failed)).toEqual({ status: 400, code: 'invalid_image' });
  expect(failed.headers.get('x-credits-charged')).toBe('0');
  // Its job is told of, and says the same.
  const id = failed.headers.get('x-job-id') ?? '';
  const { code, message } = failed.json<{ code: string; message: string }>();
  expect(await waitForEnd(server, key, id)).toMatchObject({ id, status: 'failed', error: { code, message } });
  expect(await usageOf(key)).toMatchObject({ totalRequests: 0, remainingRequests: 9 });

  expect((await remove(server, testKey, photo)).headers.get('x-credits-charged')).toBe('0');
  expect(await usageOf(key)).toMatchObject({ totalRequests: 0, remainingRequests: 9 });

  const isDone = remove(server, key, photo);
  for (let asked = 0; asked < 5; asked++) {
    const { totalRequests, remainingRequests } = await usageOf(key);
    expect(totalRequests + remainingRequests).toBe(9);
  }
  expect((await isDone).headers.get('x-credits-charged')).toBe('1');
  expect(await usageOf(key)).toMatchObject({ totalRequests: 1, remainingRequests: 8 });
  // Both keys draw on one quota, and see it.
  expect(await usageOf(testKey)).toMatchObject({ totalRequests: 1, remainingRequests: 8 });
  expect((await call(server, '/v1/auth', { key })).json()).toMatchObject({
    requestsRemaining: 8,
    resetDate: nextMonth(),
  });
  expect((await installation.run('audit')).stdout).toContain('clean');
});
