/** What an admin can do, what of it binds at once, and that nobody else sees any of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, errorOf } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';
import { signUp, type Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;
let admin: Visitor;
let ada: Visitor;
let adaId: string;
let key: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start(['serve', '--no-worker']);
  admin = await signUp(server, 'admin@example.com');
  await admin.ask('/api/me');
  ada = await signUp(server, 'ada@example.com');
  adaId = (await ada.ask('/api/me')).json.account.id;
  await ada.post('/api/plan', { plan: 'pro' });
  key = (await ada.post('/api/keys', { name: 'A key', kind: 'live' })).json.key;
});
afterAll(async () => await installation?.dispose());

const change = (body: unknown, id = adaId) => admin.patch(`/api/admin/accounts/${id}`, body);

test('finds accounts by a part of their name, whatever characters it has', async () => {
  const found = (await admin.ask('/api/admin/accounts?search=ADA')).json.accounts;
  expect(found).toMatchObject([{ id: adaId, email: 'ada@example.com', plan: 'pro', used: 0, suspended: false }]);
  expect((await admin.ask('/api/admin/accounts')).json.accounts).toHaveLength(2);
  for (const search of ['%25', '_', "'", '%5C']) {
    expect((await admin.ask(`/api/admin/accounts?search=${search}`)).json.accounts).toEqual([]);
  }
});

test('sets an enterprise limit, and it binds at once', async () => {
  const fixed = await change({ limits: { monthlyRemovals: 7 } });
  expect([fixed.status, fixed.json.error.code]).toEqual([400, 'invalid_parameter']);
  const set = await change({ plan: 'enterprise', limits: { monthlyRemovals: 7, requestsPerSecond: 3 } });
  expect(set.json.account).toMatchObject({
    plan: 'enterprise',
    limits: { monthlyRemovals: 7, requestsPerSecond: 3, maxFileSize: 100_000_000 },
  });
  // A limit that is not named stays, and null gives the plan's own back.
  const again = await change({ limits: { maxFileSize: null } });
  expect(again.json.account.limits).toEqual(set.json.account.limits);
  expect((await call(server, '/v1/usage', { key })).json()).toMatchObject({
    usage: { plan: 'enterprise', remainingRequests: 7, limits: { requestsPerSecond: 3 } },
  });
  expect((await ada.ask('/api/usage')).json.quota).toBe(7);
});

test('suspends an account and lets it in again', async () => {
  expect((await change({ suspended: true })).json.account.suspended).toBe(true);
  expect(errorOf(await call(server, '/v1/auth', { key }))).toEqual({ status: 403, code: 'account_suspended' });
  const played = await ada.post('/api/playground/removals', new FormData());
  expect([played.status, played.json.error.code]).toEqual([403, 'account_suspended']);
  await change({ suspended: false });
  expect((await call(server, '/v1/auth', { key })).status).toBe(200);
});

test('sees the queue by plan, and what the ledger says', async () => {
  const queue = (await admin.ask('/api/admin/queue')).json;
  expect(queue.byPlan).toEqual(
    ['free', 'pro', 'business', 'enterprise'].map((plan) => ({ plan, queued: 0, running: 0 })),
  );
  expect(queue).toMatchObject({ workers: [], models: [] });
  expect((await admin.ask('/api/admin/audit')).json).toEqual({
    isClean: true,
    entries: 0,
    chains: [],
    periods: [],
    jobs: [],
  });
});

test('changes no account that is not there, and nothing to what is not there', async () => {
  expect((await change({ suspended: true }, '550e8400-e29b-41d4-a716-446655440000')).status).toBe(404);
  expect((await change({ suspended: true }, 'not-an-id')).status).toBe(404);
  for (const body of [{ plan: 'gold' }, { suspended: 'yes' }, { limits: { requestsPerSecond: 0 } }]) {
    expect((await change(body)).status).toBe(400);
  }
});

test('nobody else finds any of it', async () => {
  const asked = [
    ada.ask('/api/admin/accounts'),
    ada.patch(`/api/admin/accounts/${adaId}`, { plan: 'enterprise' }),
    ada.ask('/api/admin/queue'),
    ada.ask('/api/admin/audit'),
  ];
  for (const { status, json } of await Promise.all(asked))
    expect([status, json.error.code]).toEqual([404, 'not_found']);
  const foreign = await admin.ask('/api/admin/accounts', { headers: { Origin: 'https://evil.example' } });
  expect(foreign.status).toBe(403);
});
