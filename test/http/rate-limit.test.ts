/** Both limits, of the second and of the month: 429 with its code and Retry-After, for the account and for narrower keys. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, call, createEnterprise, errorOf, jobOf, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let photo: Buffer;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => await installation?.dispose());

const auth = (key: string): Promise<Answer> => call(server, '/v1/auth', { key });

/** Until a bucket of this capacity, which nobody draws on, had run full; and the moment before the request that saw it. */
const untilFull = (key: string, limit: number): Promise<{ answer: Answer; fullAt: number }> =>
  until('the bucket is full', async () => {
    const fullAt = performance.now();
    const answer = await auth(key);
    if (answer.headers.get('x-ratelimit-remaining') === String(limit - 1)) return { answer, fullAt };
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return false;
  });

/** Sends `count` requests at once by these keys in turn; how many were let in, and in how many seconds. */
async function burst(keys: readonly string[], count: number) {
  const startedAt = performance.now();
  const requests = Array.from({ length: count }, (_, i) => auth(keys[i % keys.length] ?? ''));
  const answers = await Promise.all(requests);
  const seconds = (performance.now() - startedAt) / 1000;
  return { answers, seconds, admitted: answers.filter((answer) => answer.status === 200).length };
}

describe('the bucket of the second', () => {
  const LIMIT = 4;
  let key: string;
  let sister: string;
  let narrow: string;

  beforeAll(async () => {
    key = await createEnterprise(installation, 'steady', { rps: LIMIT });
    sister = await installation.createKey('--account', 'steady');
    narrow = await installation.createKey('--account', 'steady', '--rps', '1');
  });

  test('is described on every answer', async () => {
    const { answer } = await untilFull(key, LIMIT);
    const nowSeconds = Date.now() / 1000;
    expect(answer.headers.get('x-ratelimit-limit')).toBe('4');
    const reset = Number(answer.headers.get('x-ratelimit-reset'));
    expect(reset).toBeGreaterThan(nowSeconds - 2);
    expect(reset).toBeLessThan(nowSeconds + 3);
    expect(answer.headers.get('ratelimit')).toBe('"second";r=3;t=1');
    expect(answer.headers.get('ratelimit-policy')).toMatch(/^"second";q=4;w=1, "month";q=100000;w=\d+$/);
  });

  test('lets in what it holds, over all keys of the account together, and what refills meanwhile', async () => {
    await untilFull(key, LIMIT);
    const { answers, admitted, seconds } = await burst([key, sister], 40);
    // One was taken by the look before it.
    expect(admitted).toBeGreaterThanOrEqual(LIMIT - 1);
    expect(admitted).toBeLessThanOrEqual(LIMIT + Math.ceil(seconds * LIMIT));
    const refused = answers.filter((answer) => answer.status !== 200);
    expect(refused.length).toBe(40 - admitted);
    for (const answer of refused) {
      expect(errorOf(answer)).toEqual({ status: 429, code: 'rate_limit_exceeded' });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
      expect(answer.headers.get('ratelimit')).toMatch(/^"second";r=0;t=1$/);
    }
  });

  test('has room again for whoever waits as long as Retry-After says', async () => {
    await burst([key], 20);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await auth(key)).status).toBe(200);
  });

  test('counts every route, and nothing that has no key', async () => {
    for (let i = 0; i < 20; i++) expect((await auth('rmv_live_bad')).status).toBe(401);
    const { fullAt } = await untilFull(key, LIMIT);
    const routes = [
      ['/v1/usage', 'GET'],
      ['/v1/status/550e8400-e29b-41d4-a716-446655440000', 'GET'],
      ['/v1/remove', 'POST'],
    ] as const;
    for (const [i, [route, method]] of routes.entries()) {
      const answer = await call(server, route, { key, method });
      // What was taken by the look before, by this one and by those between, less what refilled meanwhile.
      const refilled = ((performance.now() - fullAt) / 1000) * LIMIT;
      expect(Number(answer.headers.get('x-ratelimit-remaining'))).toBeLessThanOrEqual(LIMIT - 2 - i + refilled);
    }
  });

  test('of a key with a narrower rate is its own, and draws on that of the account', async () => {
    await untilFull(key, LIMIT);
    const { answers, admitted, seconds } = await burst([narrow], 12);
    expect(admitted).toBeGreaterThanOrEqual(1);
    expect(admitted).toBeLessThanOrEqual(1 + Math.ceil(seconds));
    expect(answers[0]?.headers.get('x-ratelimit-limit')).toBe('1');
    // Its refusals took nothing from its sisters.
    expect((await auth(key)).status).toBe(200);
  });
});

describe('the quota of the month', () => {
  /** Within a few seconds of the true distance to the first of the next month, UTC. */
  function expectSecondsToReset(answer: Answer): void {
    const now = new Date();
    const seconds = (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) - now.getTime()) / 1000;
    expect(Math.abs(Number(answer.headers.get('retry-after')) - seconds)).toBeLessThan(10);
  }

  test('refuses the removal after the last, and still answers auth, usage and status', async () => {
    const key = await createEnterprise(installation, 'small', { monthly: 1 });
    const done = await remove(server, key, photo);
    expect(done.status).toBe(200);
    expect(done.headers.get('ratelimit-policy')).toContain('"month";q=1;');
    for (const query of ['', '?async=true']) {
      const refused = await remove(server, key, photo, { query });
      expect(errorOf(refused)).toEqual({ status: 429, code: 'quota_exceeded' });
      expectSecondsToReset(refused);
    }
    expect((await auth(key)).json()).toMatchObject({ status: 'success', requestsRemaining: 0 });
    const usage = await call(server, '/v1/usage', { key });
    expect(usage.json()).toMatchObject({ usage: { totalRequests: 1, remainingRequests: 0 } });
    const status = await call(server, `/v1/status/${done.headers.get('x-job-id')}`, { key });
    expect(jobOf(status)).toMatchObject({ status: 'completed' });
    // More is sold, and used at once.
    await installation.run('accounts', 'set-limits', 'small', '--monthly', '2');
    expect((await remove(server, key, photo, { query: '?async=true' })).status).toBe(202);
  });

  test('of a key is within that of the account, whose other keys go on; a test key needs none', async () => {
    const key = await createEnterprise(installation, 'shared', { monthly: 1 });
    const none = await installation.createKey('--account', 'shared', '--monthly', '0');
    const testKey = await installation.createKey('--account', 'shared', '--test');
    const refused = await remove(server, none, photo);
    expect(errorOf(refused)).toEqual({ status: 429, code: 'quota_exceeded' });
    expectSecondsToReset(refused);
    expect((await remove(server, key, photo, { query: '?async=true' })).status).toBe(202);
    expect(errorOf(await remove(server, key, photo))).toEqual({ status: 429, code: 'quota_exceeded' });
    expect((await remove(server, testKey, photo, { query: '?async=true' })).status).toBe(202);
  });

  test('agrees with the ledger in the end', async () => {
    await until('the ledger is clean', async () => (await installation.run('audit')).stdout.includes('clean'));
  });
});
