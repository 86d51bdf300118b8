/** What somebody signed in sees and changes: plan, keys, usage, jobs, the playground; and that it is theirs alone. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createForm, readPhoto } from '../helpers/api.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { PASSWORD, signUp, Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;
let ada: Visitor;
let eve: Visitor;
let photo: Buffer;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  ada = await signUp(server, 'ada@example.com');
  eve = await signUp(server, 'eve@example.com');
  photo = await readPhoto('rocket.jpg');
});
afterAll(async () => await installation?.dispose());

const callApi = (key: string, headers: Record<string, string> = {}, route = '/v1/auth', init: RequestInit = {}) =>
  fetch(server.url + route, { ...init, headers: { Authorization: `Bearer ${key}`, ...headers } });
const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];

async function makeKey(visitor: Visitor, given: Record<string, unknown> = {}): Promise<{ id: string; key: string }> {
  const answer = await visitor.post('/api/keys', { name: 'A key', kind: 'live', ...given });
  expect(answer.status).toBe(201);
  return answer.json;
}

/** Runs a removal in the playground, and returns the states that it went through. */
async function play(visitor: Visitor, bytes: Uint8Array, fields: Record<string, string> = {}) {
  const form = createForm({ bytes, field: 'image_file' }, fields);
  // The plan free has two requests a second.
  const accepted = await until('the bucket of the second has room', async () => {
    const answer = await visitor.post('/api/playground/removals', form);
    return answer.status !== 429 && answer;
  });
  expect(accepted.status).toBe(202);
  const events = await visitor.ask(`/api/jobs/${accepted.json.id}/events`);
  expect(events.headers.get('content-type')).toContain('text/event-stream');
  const states = [...events.text.matchAll(/^event: state\ndata: (.+)\n\n/gm)].map((match) =>
    JSON.parse(match[1] ?? ''),
  );
  return { id: accepted.json.id as string, states };
}

test('mails about usage are on until they are switched off', async () => {
  const wishOf = async () => (await ada.ask('/api/me')).json.account.usageAlerts;
  expect(await wishOf()).toBe(true);
  const off = await ada.post('/api/account/settings', { usageAlerts: false });
  expect([off.status, off.json.account.usageAlerts, await wishOf()]).toEqual([200, false, false]);
  expect((await ada.post('/api/account/settings', { usageAlerts: 'yes' })).json.error.code).toBe('invalid_parameter');
  expect((await ada.post('/api/account/settings', {})).json.error.code).toBe('invalid_parameter');
  expect((await ada.post('/api/account/settings', { usageAlerts: true })).json.account.usageAlerts).toBe(true);
});

describe('the plan', () => {
  test('is chosen from the table, which everybody may see', async () => {
    const { json } = await new Visitor(server).ask('/api/plans');
    expect(json.plans.map((plan: { name: string }) => plan.name)).toEqual(['free', 'pro', 'business', 'enterprise']);
    expect(json.plans[1]).toMatchObject({ title: 'Pro', monthlyRemovals: 5000, price: { per: 'month' } });
  });

  test('rises at once, and falls when the month ends, unless one stays', async () => {
    expect((await ada.post('/api/plan', { plan: 'business' })).json.account).toMatchObject({
      plan: 'business',
      nextPlan: null,
    });
    const fallen = (await ada.post('/api/plan', { plan: 'pro' })).json.account;
    expect(fallen).toMatchObject({ plan: 'business', nextPlan: 'pro' });
    expect(fallen.planChangesAt).toMatch(/-01T00:00:00.000Z$/);
    expect(Date.parse(fallen.planChangesAt)).toBeGreaterThan(Date.now());
    expect((await ada.ask('/api/me')).json.account).toEqual(fallen);
    const stayed = (await ada.post('/api/plan', { plan: 'business' })).json.account;
    expect(stayed).toMatchObject({ plan: 'business', nextPlan: null, planChangesAt: null });
  });

  test('is not enterprise without the operator, and not one that there is not', async () => {
    const refused = await ada.post('/api/plan', { plan: 'enterprise' });
    expect([refused.status, refused.json.error.code]).toEqual([403, 'plan_required']);
    const unknown = await ada.post('/api/plan', { plan: 'gold' });
    expect([unknown.status, unknown.json.error.code]).toEqual([400, 'invalid_parameter']);
  });
});

test('a server that takes no payments has no page to pay on, and hears of none', async () => {
  for (const page of ['checkout', 'portal']) {
    const { status, json } = await ada.post(`/api/billing/${page}`, { plan: 'pro' });
    expect([status, json.error.code]).toEqual([409, 'billing_conflict']);
  }
  expect((await ada.ask('/api/me')).json).toMatchObject({ billing: null, server: { billing: 'none' } });
  const event = await fetch(`${server.url}/webhooks/stripe`, { method: 'POST', body: '{}' });
  expect(await codeOf(event)).toEqual([404, 'not_found']);
});

describe('a key', () => {
  test('works from the moment that it is made, and is shown once', async () => {
    const { id, key } = await makeKey(ada, { name: 'Web shop', limits: { requestsPerSecond: 5 }, quality: 'fast' });
    expect((await callApi(key)).status).toBe(200);
    const { keys } = (await ada.ask('/api/keys')).json;
    const [listed] = keys.filter((one: { id: string }) => one.id === id);
    expect(listed).toMatchObject({
      name: 'Web shop',
      kind: 'live',
      masked: `rmv_live_…${key.slice(-4)}`,
      revokedAt: null,
      requestsThisMonth: 0,
      quality: 'fast',
      limits: { requestsPerSecond: 5, monthlyRemovals: null, maxFileSize: null },
      origins: [],
    });
    expect(Math.abs(Date.now() - Date.parse(listed.lastUsedAt))).toBeLessThan(60_000);
    expect(JSON.stringify(keys)).not.toContain(key);
  });

  test('is revoked at once', async () => {
    const { id, key } = await makeKey(ada);
    expect((await callApi(key)).status).toBe(200);
    expect((await ada.delete(`/api/keys/${id}`)).status).toBe(204);
    expect(await codeOf(await callApi(key))).toEqual([401, 'invalid_api_key']);
  });

  test('is replaced with an overlap, or without one', async () => {
    const old = await makeKey(ada, { name: 'Rotating' });
    const next = (await ada.post(`/api/keys/${old.id}/rotate`, { overlapHours: 2 })).json;
    expect((await callApi(old.key)).status).toBe(200);
    expect((await callApi(next.key)).status).toBe(200);
    const last = await ada.post(`/api/keys/${next.id}/rotate`, { overlapHours: 0 });
    expect(last.status).toBe(201);
    expect(await codeOf(await callApi(next.key))).toEqual([401, 'invalid_api_key']);
    expect((await callApi(last.json.key)).status).toBe(200);
    const { keys } = (await ada.ask('/api/keys')).json;
    const rotating = keys.filter((one: { name: string }) => one.name === 'Rotating');
    expect(rotating).toHaveLength(3);
    const hours = (Date.parse(rotating[0].expiresAt) - Date.now()) / 3600_000;
    expect(hours).toBeGreaterThan(1.9);
    expect(hours).toBeLessThan(2.1);
    expect((await ada.post(`/api/keys/${next.id}/rotate`, { overlapHours: 1 })).status).toBe(404);
  });

  test.each([
    ['no name', { name: ' ' }, 400, 'invalid_parameter'],
    ['no such kind', { kind: 'golden' }, 400, 'invalid_parameter'],
    ['an end that is past', { expiresAt: '2020-01-01T00:00:00Z' }, 400, 'invalid_parameter'],
    ['a limit below one', { limits: { requestsPerSecond: 0 } }, 400, 'invalid_parameter'],
    ['publishable without origins', { kind: 'publishable' }, 400, 'invalid_parameter'],
    ['an origin that is none', { origins: ['example.com/path'] }, 400, 'invalid_parameter'],
  ])('is refused with %s', async (_name, given, status, code) => {
    const answer = await ada.post('/api/keys', { name: 'A key', kind: 'live', ...given });
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  });

  test('of the plan free is a test key', async () => {
    const refused = await eve.post('/api/keys', { name: 'Live', kind: 'live' });
    expect([refused.status, refused.json.error.code]).toEqual([403, 'plan_required']);
    expect((await callApi((await makeKey(eve, { kind: 'test' })).key)).status).toBe(200);
  });

  test('that names origins is refused to pages of others, and free to programs', async () => {
    const { key } = await makeKey(ada, { origins: ['https://Shop.example'] });
    expect((await callApi(key, { Origin: 'https://shop.example' })).status).toBe(200);
    expect((await callApi(key)).status).toBe(200);
    expect(await codeOf(await callApi(key, { Origin: 'https://evil.example' }))).toEqual([403, 'key_restricted']);
  });
});

describe('a publishable key', () => {
  const PAGE = { Origin: 'https://shop.example' };
  let key: string;
  const removal = (headers: Record<string, string>) =>
    callApi(key, headers, '/remove', { method: 'POST', body: createForm({ bytes: photo }) });

  beforeAll(async () => {
    ({ key } = await makeKey(ada, { kind: 'publishable', origins: ['https://shop.example'] }));
    expect(key).toMatch(/^rmv_pub_/);
  });

  test('removes backgrounds for the pages that it names', async () => {
    const answer = await removal(PAGE);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  test('is refused elsewhere, and for everything else', async () => {
    expect(await codeOf(await removal({ Origin: 'https://evil.example' }))).toEqual([403, 'key_restricted']);
    expect(await codeOf(await removal({}))).toEqual([403, 'key_restricted']);
    for (const route of ['/v1/auth', '/v1/usage', '/v1/status/550e8400-e29b-41d4-a716-446655440000']) {
      expect(await codeOf(await callApi(key, PAGE, route))).toEqual([403, 'key_restricted']);
    }
    const post = (route: string) => callApi(key, PAGE, route, { method: 'POST', body: createForm({ bytes: photo }) });
    for (const route of ['/v1/batches', '/api/remove']) {
      expect(await codeOf(await post(route))).toEqual([403, 'key_restricted']);
    }
    expect((await post('/v1.0/removebg')).status).toBe(403);
  });

  test('serves a visitor ten times, and then slowly', async () => {
    const statuses: number[] = [];
    let refused: Response | undefined;
    for (let i = 0; i < 12 && !refused; i++) {
      const answer = await callApi(key, PAGE, '/v1/remove', { method: 'POST' });
      statuses.push(answer.status);
      if (answer.status === 429) refused = answer;
    }
    expect(statuses).toContain(429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(1);
  });
});

describe('the playground', () => {
  test('removes a background without a key, tells how it goes, and is counted', async () => {
    const before = (await eve.ask('/api/usage')).json;
    const { id, states } = await play(eve, photo, { format: 'webp', quality: 'fast' });
    expect(states.at(-1)).toEqual({
      status: 'completed',
      stage: 'completed',
      result: expect.stringMatching(/\/processed\/\w+\.webp$/),
    });
    expect(states.slice(0, -1).every(({ status }) => status === 'queued' || status === 'processing')).toBe(true);
    expect((await fetch(states.at(-1).result)).status).toBe(200);
    const usage = (await eve.ask('/api/usage')).json;
    expect(usage).toMatchObject({
      quota: 50,
      used: before.used + 1,
      resetsAt: expect.stringMatching(/-01T00:00:00Z$/),
    });
    expect(usage.keys).toEqual([{ id: null, name: 'Playground', succeeded: 1, failed: 0 }]);
    expect(usage.days).toEqual([{ date: new Date().toISOString().slice(0, 10), succeeded: 1, failed: 0 }]);
    expect(usage.latencyMs.p50).toBeGreaterThan(0);
    const [job] = (await eve.ask('/api/jobs')).json.jobs;
    expect(job).toMatchObject({
      id,
      status: 'completed',
      keyName: null,
      format: 'webp',
      output: 'cutout',
      quality: 'fast',
      width: 640,
      error: null,
      thumbnailUrl: `/api/jobs/${id}/thumbnail`,
      resultUrl: states.at(-1).result,
    });
    expect(Object.keys(job.timings).sort()).toEqual(['decode', 'encode', 'infer', 'queue', 'refine']);
  });

  test('tells of a failure in words, which is not charged', async () => {
    const { used } = (await eve.ask('/api/usage')).json;
    const { states } = await play(eve, photo.subarray(0, 30_000));
    expect(states.at(-1)).toMatchObject({ status: 'failed', stage: 'failed', error: { code: 'invalid_image' } });
    expect((await eve.ask('/api/usage')).json).toMatchObject({ used, days: [{ failed: 1 }] });
    const { jobs } = (await eve.ask('/api/jobs?status=failed')).json;
    expect(jobs).toMatchObject([
      { status: 'failed', resultUrl: null, error: { message: expect.stringMatching(/\.$/) } },
    ]);
  });

  test('refuses what is no picture, and too large a one', async () => {
    const none = await eve.post('/api/playground/removals', createForm(undefined, {}));
    expect([none.status, none.json.error.code]).toEqual([400, 'missing_file']);
    const large = await until('the bucket of the second has room', async () => {
      const answer = await eve.post('/api/playground/removals', createForm({ bytes: new Uint8Array(10_000_001) }));
      return answer.status !== 429 && answer;
    });
    expect([large.status, large.json.error.code]).toEqual([413, 'file_too_large']);
  });
});

test('jobs are listed newest first, page by page, each once', async () => {
  const { key } = await makeKey(ada, { name: 'Pages' });
  for (let i = 0; i < 3; i++) {
    const headers = { 'Content-Type': 'image/jpeg', Prefer: 'respond-async' };
    await callApi(key, headers, '/remove', { method: 'POST', body: new Uint8Array(photo) });
  }
  const all = (await ada.ask('/api/jobs?limit=100')).json.jobs;
  expect(all.slice(0, 3).map((job: { keyName: string }) => job.keyName)).toEqual(['Pages', 'Pages', 'Pages']);
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { jobs: { id: string }[]; nextCursor: string | null } = (
      await ada.ask(`/api/jobs?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ).json;
    seen.push(...page.jobs.map((job) => job.id));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(all.map((job: { id: string }) => job.id));
  expect((await ada.ask('/api/jobs?cursor=nonsense')).status).toBe(400);
});

test('a result has a thumbnail for its owner, as it was asked for', async () => {
  for (const fields of [{}, { output: 'mask', format: 'jpg' }, { format: 'zip' }] as Record<string, string>[]) {
    const { id } = await play(eve, photo, { quality: 'fast', ...fields });
    const [job] = (await eve.ask('/api/jobs')).json.jobs;
    const cookies = [...eve.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(new URL(job.thumbnailUrl, server.url), { headers: { Cookie: cookies } });
    expect(answer.headers.get('content-type')).toBe('image/webp');
    expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=\d+, immutable$/);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const { width, hasAlpha } = await sharp(bytes).metadata();
    expect([job.id, width, hasAlpha]).toEqual([id, 160, fields.output !== 'mask']);
    expect(bytes.length).toBeLessThan(12_000);
  }
});

test('a job that is deleted is gone with its picture, and stays counted', async () => {
  const { id, states } = await play(eve, photo);
  expect((await eve.ask(`/api/jobs/${id}/thumbnail`)).status).toBe(200);
  const { used } = (await eve.ask('/api/usage')).json;
  expect((await eve.delete(`/api/jobs/${id}`)).status).toBe(204);
  expect((await fetch(states.at(-1).result)).status).toBe(404);
  expect((await eve.ask(`/api/jobs/${id}/events`)).status).toBe(404);
  expect((await eve.ask(`/api/jobs/${id}/thumbnail`)).status).toBe(404);
  expect(JSON.stringify((await eve.ask('/api/jobs')).json)).not.toContain(id);
  expect((await eve.ask('/api/usage')).json.used).toBe(used);
  expect((await eve.delete(`/api/jobs/${id}`)).status).toBe(404);
});

test('the month is exported as a table that no program runs', async () => {
  const { key } = await makeKey(ada, { name: '=1+1,"x"' });
  await callApi(key, {}, '/remove', { method: 'POST', body: createForm({ bytes: photo }) });
  const { headers, text } = await ada.ask('/api/usage.csv');
  expect(headers.get('content-disposition')).toMatch(/filename="remuvr-usage-\d{4}-\d\d\.csv"/);
  expect(text.split('\r\n')[0]).toBe('date,key,succeeded,failed');
  expect(text).toContain(`,"'=1+1,""x""",1,0\r\n`);
  expect((await ada.ask('/api/usage?month=2019-13')).status).toBe(400);
  expect((await ada.ask('/api/usage?month=2020-01')).json).toMatchObject({ used: 0, days: [], keys: [] });
});

test('what belongs to another account is not there', async () => {
  const { id: keyId, key } = await makeKey(ada);
  const { id: jobId } = await play(ada, photo);
  const asked = [
    eve.delete(`/api/keys/${keyId}`),
    eve.post(`/api/keys/${keyId}/rotate`, { overlapHours: 0 }),
    eve.delete(`/api/jobs/${jobId}`),
    eve.ask(`/api/jobs/${jobId}/events`),
    eve.ask(`/api/jobs/${jobId}/thumbnail`),
    eve.ask('/api/jobs/not-an-id/thumbnail'),
    eve.delete('/api/keys/not-an-id'),
    eve.ask('/api/jobs/not-an-id/events'),
  ];
  for (const { status, json } of await Promise.all(asked))
    expect([status, json.error.code]).toEqual([404, 'not_found']);
  expect((await callApi(key)).status).toBe(200);
  expect(JSON.stringify((await eve.ask('/api/jobs')).json)).not.toContain(jobId);
  expect(JSON.stringify((await eve.ask('/api/keys')).json)).not.toContain(keyId);
});

describe('every route of somebody signed in', () => {
  const id = '550e8400-e29b-41d4-a716-446655440000';
  const routes = [
    ['GET', '/api/me'],
    ['POST', '/api/account/settings'],
    ['POST', '/api/plan'],
    ['POST', '/api/billing/checkout'],
    ['POST', '/api/billing/portal'],
    ['GET', '/api/keys'],
    ['POST', '/api/keys'],
    ['POST', `/api/keys/${id}/rotate`],
    ['DELETE', `/api/keys/${id}`],
    ['DELETE', `/api/sessions/${id}`],
    ['GET', '/api/presets'],
    ['POST', '/api/presets'],
    ['DELETE', '/api/presets/shop'],
    ['GET', '/api/usage'],
    ['GET', '/api/usage.csv'],
    ['GET', '/api/jobs'],
    ['DELETE', `/api/jobs/${id}`],
    ['GET', `/api/jobs/${id}/thumbnail`],
    ['GET', `/api/jobs/${id}/events`],
    ['POST', '/api/playground/removals'],
  ] as const;

  test.each(routes)('%s %s is closed to strangers, to keys and to other origins', async (method, route) => {
    const body = method === 'POST' ? {} : undefined;
    const stranger = await new Visitor(server).ask(route, { method, body });
    expect([stranger.status, stranger.json.error.code]).toEqual([401, 'not_signed_in']);
    const { key } = await makeKey(ada, { kind: 'test' });
    const headers = { Authorization: `Bearer ${key}` };
    expect((await new Visitor(server).ask(route, { method, body, headers })).status).toBe(401);
    for (const foreign of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      const answer = await ada.ask(route, { method, body, headers: foreign as Record<string, string> });
      expect([answer.status, answer.json.error.code]).toEqual([403, 'cross_origin']);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

test('a fallen plan is the plan from the end of the month on', async () => {
  const visitor = await signUp(server, 'falling@example.com');
  await visitor.post('/api/plan', { plan: 'pro' });
  const { key } = await makeKey(visitor);
  await visitor.post('/api/plan', { plan: 'free' });
  expect((await callApi(key)).status).toBe(200);
  await queryOwnDatabase(
    installation,
    `update accounts set plan_changes_at = now() where name = 'falling@example.com'`,
  );
  await until('the plan has fallen', async () => (await visitor.ask('/api/me')).json.account.plan === 'free');
  expect((await visitor.ask('/api/me')).json.account).toMatchObject({ nextPlan: null, planChangesAt: null });
  const removal = await callApi(key, {}, '/remove', { method: 'POST', body: createForm({ bytes: photo }) });
  expect(await codeOf(removal)).toEqual([403, 'plan_required']);
});

test('who leaves takes jobs and pictures along, and the ledger still agrees', async () => {
  const visitor = await signUp(server, 'gone@example.com');
  const { states } = await play(visitor, photo);
  const { id } = (await visitor.ask('/api/me')).json.account;
  expect((await visitor.post('/api/auth/delete-user', { password: PASSWORD })).status).toBe(200);
  await until('the picture is gone', async () => (await fetch(states.at(-1).result)).status !== 200);
  await until('the account is gone', async () => {
    const left = await queryOwnDatabase(
      installation,
      `select (select count(*) from accounts where id = '${id}') +
      (select count(*) from jobs where account_id = '${id}') as left`,
    );
    return Number(left[0]?.left) === 0;
  });
  expect((await installation.run('audit')).stdout).toContain('clean');
});

test('no key is in the log', async () => {
  const { key } = await makeKey(ada);
  await callApi(key);
  expect(server.log()).not.toContain(key);
  expect(server.log()).not.toMatch(/rmv_(live|test|pub)_[0-9A-Za-z]{20}/);
});
