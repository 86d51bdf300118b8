/** GET /v1/status/:id: from the place in the queue to the end, for the account of the job alone. The worker comes when the test says so. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, createEnterprise, errorOf, jobOf, readPhoto, remove, waitForEnd } from '../helpers/api.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let proKey: string;
let photo: Buffer;
/** Of the pro account, and of the enterprise account, in the order of their sending. */
let ids: { pro: string; first: string; bad: string };

beforeAll(async () => {
  installation = await createInstallation({ MAX_QUEUE: '3' });
  server = await installation.start(['serve', '--no-worker']);
  key = await createEnterprise(installation, 'acme');
  proKey = await installation.createKey('--plan', 'pro');
  photo = await readPhoto('rocket.jpg');
  const submit = async (bytes: Uint8Array, by: string) =>
    jobOf(await remove(server, by, bytes, { query: '?async=true' })).id;
  ids = {
    pro: await submit(photo, proKey),
    first: await submit(photo, key),
    bad: await submit(photo.subarray(0, 50_000), key),
  };
});
afterAll(async () => await installation?.dispose());

const ask = (id: string, query = '', by = key) => call(server, `/v1/status/${id}${query}`, { key: by });
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);

describe('while no worker has begun it', () => {
  test('a job is processing, queued, at its place: the higher plan first, then the older job', async () => {
    const queued = (id: string, position: number) => ({
      status: 'success',
      job: { id, status: 'processing', stage: 'queued', position, createdAt: TIME },
    });
    expect((await ask(ids.first)).json()).toEqual(queued(ids.first, 1));
    expect((await ask(ids.bad)).json()).toEqual(queued(ids.bad, 2));
    expect((await ask(ids.pro, '', proKey)).json()).toEqual(queued(ids.pro, 3));
    expect((await ask(ids.first)).headers.get('cache-control')).toBe('no-store');
  });

  test('its wait is estimated where a worker lives that has done jobs: one in three seconds, of this one', async () => {
    const columns = 'host, version, model, precision, state, pid, threads, capacity, running, jobs_done, memory_mib';
    const values = `'cutter', '0.1.0', 'isnet', 'int8', 'ready', 1, 1, 1, 1, 9, 700`;
    await queryOwnDatabase(
      installation,
      `insert into workers (id, ${columns}, job_ms, seen_at) values (gen_random_uuid(), ${values}, 3000, 'infinity')`,
    );
    expect(jobOf(await ask(ids.first))).toMatchObject({ position: 1, estimatedWaitSeconds: 3 });
    expect(jobOf(await ask(ids.bad))).toMatchObject({ position: 2 });
    const full = await remove(server, key, photo);
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '3']);
    await queryOwnDatabase(installation, 'delete from workers');
    expect(jobOf(await ask(ids.first))).not.toHaveProperty('estimatedWaitSeconds');
  });

  test('?wait holds the answer for its seconds, and no longer', async () => {
    const startedAt = performance.now();
    expect(jobOf(await ask(ids.first, '?wait=2')).status).toBe('processing');
    const waitedMs = performance.now() - startedAt;
    expect(waitedMs).toBeGreaterThanOrEqual(1_950);
    expect(waitedMs).toBeLessThan(8_000);
  });

  test('?wait=0 answers at once', async () => {
    expect(jobOf(await ask(ids.first, '?wait=0')).status).toBe('processing');
  });

  test.each(['-1', '61', '1.5', 'abc', '', '1e1', '60&wait=60', '00'])('?wait=%s is 400', async (wait) => {
    const answer = await ask(ids.first, `?wait=${wait}`);
    expect(errorOf(answer)).toEqual({ status: 400, code: 'invalid_parameter' });
    expect(answer.json().message).toContain('"wait"');
  });

  test('a full queue is 503 with Retry-After, and takes nothing of the quota', async () => {
    const answer = await remove(server, key, photo);
    expect(errorOf(answer)).toEqual({ status: 503, code: 'overloaded' });
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect((await call(server, '/v1/usage', { key })).json()).toMatchObject({ usage: { totalRequests: 2 } });
  });
});

describe('another account, and nobody at all,', () => {
  test('is told the same 404, whatever the id is', async () => {
    const unknown = await ask('550e8400-e29b-41d4-a716-446655440000');
    expect(errorOf(unknown)).toEqual({ status: 404, code: 'not_found' });
    const { requestId: _, ...body } = unknown.json();
    const others = [
      ids.pro,
      ids.pro.toUpperCase(),
      'x',
      '1',
      `${ids.first}x`,
      "'; drop table jobs",
      '%00',
      '..',
      'a'.repeat(99),
      'a'.repeat(2000),
    ];
    for (const id of others) {
      const answer = await ask(id === '..' ? '%2e%2e%2f' : encodeURI(id).replace('%2500', '%00'));
      expect(answer.json(), id).toEqual({ ...body, requestId: expect.any(String) });
      expect(answer.status).toBe(404);
      expect([...answer.headers.keys()].sort()).toEqual([...unknown.headers.keys()].sort());
    }
  });

  test('does not wait for it either', async () => {
    const startedAt = performance.now();
    expect((await ask(ids.pro, '?wait=30')).status).toBe(404);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('when a worker comes', () => {
  test('whoever waits is answered as soon as the job has ended, with the address of its result', async () => {
    const waiting = ask(ids.first, '?wait=60');
    await installation.start(['worker']);
    const answer = await waiting;
    const seenAt = Date.now();
    expect(answer.json()).toEqual({
      status: 'success',
      job: {
        id: ids.first,
        status: 'completed',
        createdAt: TIME,
        completedAt: TIME,
        result: expect.stringMatching(new RegExp(`^${server.url}/processed/[0-9A-Za-z]+\\.png$`)),
        confidence: expect.any(Number),
      },
    });
    const job = jobOf(answer);
    if (job.status !== 'completed') throw new Error('looked at above');
    expect(Date.parse(job.completedAt)).toBeGreaterThanOrEqual(Date.parse(job.createdAt));
    // Woken, and not found by chance much later. The time is cut to its second.
    expect(seenAt - Date.parse(job.completedAt)).toBeLessThan(4_000);
    const result = await fetch(job.result);
    expect([result.status, result.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(job).toEqual(jobOf(await ask(ids.first, '?wait=60')));
  });

  test('a picture that is damaged makes a job that failed, and says why', async () => {
    await waitForEnd(server, key, ids.bad);
    expect((await ask(ids.bad)).json()).toEqual({
      status: 'success',
      job: {
        id: ids.bad,
        status: 'failed',
        createdAt: TIME,
        completedAt: TIME,
        error: { code: 'invalid_image', message: 'The file is not a picture, or it is damaged.' },
      },
    });
  });

  test('the lower plan has its turn too, and only what ended well was charged', async () => {
    expect(await waitForEnd(server, proKey, ids.pro)).toMatchObject({ status: 'completed' });
    await until('the counts are settled', async () => {
      const { usage } = (await call(server, '/v1/usage', { key })).json<{ usage: { totalRequests: number } }>();
      return usage.totalRequests === 1;
    });
    expect((await call(server, '/v1/usage', { key: proKey })).json()).toMatchObject({ usage: { totalRequests: 1 } });
  });
});
