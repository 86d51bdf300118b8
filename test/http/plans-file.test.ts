/** PLANS_FILE through the running program: pages, keys, admins, commands and the document follow the operator's plans. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, fetchDocument } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';
import { signUp, type Visitor } from '../helpers/visitor.ts';

const STARTER = {
  title: 'Starter',
  price: { amount: 4.9, currency: 'EUR', per: 'month' },
  features: ['For one shop'],
  monthlyRemovals: 500,
  requestsPerSecond: 4,
  maxFileSize: 10_000_000,
  priority: 1,
  turns: 2,
  stripePrice: 'price_1Starter',
};
const PLANS = { pro: { title: 'Studio', monthlyRemovals: 6_000 }, business: { isHidden: true }, starter: STARTER };

let installation: Installation;
let file: string;
let server: ServerProcess;
let admin: Visitor;

beforeAll(async () => {
  installation = await createInstallation();
  file = path.join(installation.dataDir, 'plans.json');
  installation.env.PLANS_FILE = file;
  await writeFile(file, JSON.stringify(PLANS));
  server = await installation.start(['serve', '--no-worker']);
  admin = await signUp(server, 'admin@example.com');
});
afterAll(async () => await installation?.dispose());

const choose = async (plan: string) => {
  const answer = await admin.post('/api/plan', { plan });
  return answer.json.account?.plan ?? answer.json.error.code;
};

test('offers the plans of the file, the least first, without the hidden ones and what is not for visitors', async () => {
  const { plans } = (await admin.ask('/api/plans')).json;
  expect(plans.map(({ name, title }: { name: string; title: string }) => `${name}: ${title}`)).toEqual([
    'free: Free',
    'starter: Starter',
    'pro: Studio',
    'enterprise: Enterprise',
  ]);
  const { turns: _, stripePrice: __, ...shown } = STARTER;
  expect(plans[1]).toEqual({ name: 'starter', ...shown, hasLiveKeys: true, hasCustomLimits: false });
});

test('lets a person choose what is offered, and nothing else', async () => {
  expect(await choose('business')).toBe('invalid_parameter');
  expect(await choose('gold')).toBe('invalid_parameter');
  expect(await choose('starter')).toBe('starter');
  expect((await admin.ask('/api/usage')).json.quota).toBe(500);
});

test('a key of an added plan has its limits, as the document says', async () => {
  const { key } = (await admin.post('/api/keys', { name: 'Shop', kind: 'live' })).json;
  expect((await call(server, '/v1/usage', { key })).json()).toMatchObject({
    usage: { plan: 'starter', remainingRequests: 500, limits: { requestsPerSecond: 4 } },
  });
  const schema = JSON.stringify((await fetchDocument(server)).paths['/v1/usage']);
  expect(schema).toContain('"enum":["free","starter","pro","business","enterprise"]');
});

test('an admin gives a hidden plan too, and sees the queue of every one', async () => {
  const { id } = (await admin.ask('/api/me')).json.account;
  const change = async (body: unknown) => await admin.patch(`/api/admin/accounts/${id}`, body);
  expect((await change({ plan: 'business' })).json.account).toMatchObject({
    plan: 'business',
    limits: { monthlyRemovals: 25_000 },
  });
  expect((await change({ plan: 'gold' })).json.error.code).toBe('invalid_parameter');
  const { byPlan } = (await admin.ask('/api/admin/queue')).json;
  expect(byPlan.map(({ plan }: { plan: string }) => plan)).toEqual([
    'free',
    'starter',
    'pro',
    'business',
    'enterprise',
  ]);
  // Whoever is on it may stay.
  expect(await choose('business')).toBe('business');
});

test('commands know the plans of the file, and name them where another is asked for', async () => {
  await installation.run('accounts', 'create', 'shop', '--plan', 'starter');
  const { stdout } = await installation.run('accounts', 'list', '--json');
  const shop = JSON.parse(stdout).find(({ name }: { name: string }) => name === 'shop');
  expect(shop).toMatchObject({ plan: 'starter', limits: { monthlyRemovals: 500 } });
  const refusal = await installation.run('keys', 'create', '--plan', 'gold').catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The plans are free, starter, pro, business, enterprise.'),
  });
});

test('a start without a plan that accounts are on is refused, and so is a file with a mistake', async () => {
  await server.stop();
  const startWith = async (text: string): Promise<string> => {
    await writeFile(file, text);
    return String(await installation.start(['serve', '--no-worker']).catch(String));
  };
  expect(await startWith('{}')).toContain('plans that this server does not have: starter.');
  expect(await startWith('{"pro":{"turns":0}}')).toContain(
    `The file of PLANS_FILE, ${file}, has a "turns" in the plan "pro" that is not a whole number from 1 to 100. See docs/plans.md.`,
  );
  await rm(file);
  const doctor = await installation.run('doctor').catch((error: { stdout: string }) => error);
  expect(doctor.stdout).toMatch(/^FAIL {2}settings: The file of PLANS_FILE, .+ cannot be read \(ENOENT\)/m);
  // What moves the accounts away must work without the plan.
  await writeFile(file, '{}');
  await installation.run('accounts', 'set-plan', 'shop', 'pro');
});
