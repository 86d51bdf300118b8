/** Paying by Stripe, on the running server: what is chosen, what Stripe tells of it, and what the plan becomes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createForm, readPhoto } from '../helpers/api.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import type { Subscription } from '../helpers/stripe-objects.ts';
import { SIGNING_SECRET, STRIPE_KEY, type StripeServer, startStripeServer, tell } from '../helpers/stripe-server.ts';
import type { StripeEvent } from '../helpers/stripe-world.ts';
import { PASSWORD, signUp, type Visitor } from '../helpers/visitor.ts';

const DAY_MS = 86_400_000;

let stripe: StripeServer;
let installation: Installation;
let server: ServerProcess;

beforeAll(async () => {
  stripe = await startStripeServer();
  installation = await createInstallation({
    STRIPE_SECRET_KEY: STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET: SIGNING_SECRET,
    STRIPE_API_URL: stripe.url,
  });
  server = await installation.start();
  // The first to come is the admin, and is nobody of those below.
  await (await signUp(server, 'admin@example.com')).ask('/api/me');
});
afterAll(async () => {
  await installation?.dispose();
  await stripe?.close();
});

type Me = {
  account: { id: string; plan: string; nextPlan: string | null; planChangesAt: string | null };
  billing: { state: string; graceEndsAt: string | null; renewsAt: string | null; hasPortal: boolean };
};
const me = async (visitor: Visitor): Promise<Me> => (await visitor.ask('/api/me')).json;
const planOf = async (visitor: Visitor) => (await me(visitor)).account.plan;
const refusal = ({ status, json }: { status: number; json: { error: { code: string } } }) => [status, json.error.code];

/** Sends what has happened since, in its order. Returns the events. */
let told = 0;
async function tellNews(): Promise<StripeEvent[]> {
  const news = stripe.world.events.slice(told);
  told = stripe.world.events.length;
  for (const event of news) expect(await tell(server, event)).toBe(200);
  return news;
}

/** Somebody who has paid for the plan, and whose server has heard of it. */
async function subscribe(plan: string): Promise<{ visitor: Visitor; subscription: Subscription }> {
  const visitor = await signUp(server, `${randomUUID()}@example.com`);
  const subscription = stripe.world.completeCheckout((await visitor.post('/api/billing/checkout', { plan })).json.url);
  await tellNews();
  expect(await planOf(visitor)).toBe(plan);
  return { visitor, subscription };
}

const invoicesOf = (subscription: Subscription) =>
  [...stripe.world.invoices.values()].filter((one) => one.customer === subscription.customer);
const lastInvoice = (subscription: Subscription) => invoicesOf(subscription).at(-1);
const inDays = (iso: string | null): number => (Date.parse(iso ?? '') - Date.now()) / DAY_MS;

test('the server says who collects the money', async () => {
  expect((await (await fetch(`${server.url}/api/server`)).json()) as object).toMatchObject({ billing: 'stripe' });
});

describe('the first payment', () => {
  test('raises the plan when Stripe tells of it and not before, and what was used stays counted', async () => {
    const visitor = await signUp(server, 'ada@example.com');
    const { status } = await visitor.post(
      '/api/playground/removals',
      createForm({ bytes: await readPhoto('rocket.jpg') }),
    );
    expect(status).toBe(202);
    expect(refusal(await visitor.post('/api/plan', { plan: 'pro' }))).toEqual([402, 'payment_required']);
    const { url } = (await visitor.post('/api/billing/checkout', { plan: 'pro' })).json;
    const session = stripe.world.sessions.get(url.split('/').at(-1));
    expect(session).toMatchObject({
      client_reference_id: (await me(visitor)).account.id,
      success_url: `${server.url}/plan?checkout=done`,
      cancel_url: `${server.url}/plan?checkout=left`,
    });
    stripe.world.completeCheckout(url);
    expect(await me(visitor)).toMatchObject({ account: { plan: 'free' }, billing: { state: 'none', renewsAt: null } });
    await tellNews();
    const { account, billing } = await me(visitor);
    expect(account).toMatchObject({ plan: 'pro', nextPlan: null, planChangesAt: null });
    expect(billing).toMatchObject({ state: 'active', graceEndsAt: null, hasPortal: true });
    expect(Math.round(inDays(billing.renewsAt))).toBe(30);
    expect((await visitor.ask('/api/usage')).json).toMatchObject({ used: 1, quota: 5000 });
    expect((await visitor.post('/api/keys', { name: 'Live', kind: 'live' })).status).toBe(201);
  });

  test('is for a price that is made once, of the amount of the table', async () => {
    await subscribe('pro');
    await subscribe('pro');
    const ofPro = [...stripe.world.prices.values()].filter(({ metadata }) => metadata.remuvr_plan === 'pro');
    expect(ofPro).toMatchObject([{ unit_amount: 2900, currency: 'usd', lookup_key: 'remuvr_pro_2900_usd_month' }]);
  });

  test('is made on one page at a time, and not again where there is a subscription', async () => {
    const visitor = await signUp(server, 'twice@example.com');
    const first = (await visitor.post('/api/billing/checkout', { plan: 'pro' })).json.url;
    const second = (await visitor.post('/api/billing/checkout', { plan: 'business' })).json.url;
    expect(() => stripe.world.completeCheckout(first)).toThrow('no open checkout');
    stripe.world.completeCheckout(second);
    expect(refusal(await visitor.post('/api/billing/checkout', { plan: 'pro' }))).toEqual([409, 'billing_conflict']);
    // Having looked, it knows, though no event has come.
    expect(await planOf(visitor)).toBe('business');
    await tellNews();
  });

  test('is for nothing that is not sold', async () => {
    const visitor = await signUp(server, 'unsold@example.com');
    for (const [plan, status, code] of [
      ['free', 403, 'plan_required'],
      ['enterprise', 403, 'plan_required'],
      ['gold', 400, 'invalid_parameter'],
    ]) {
      expect(refusal(await visitor.post('/api/billing/checkout', { plan }))).toEqual([status, code]);
    }
    expect(refusal(await visitor.post('/api/plan', { plan: 'enterprise' }))).toEqual([403, 'plan_required']);
  });

  test('goes by a new customer where the old one was deleted at Stripe by hand', async () => {
    const visitor = await signUp(server, 'deleted@example.com');
    await visitor.post('/api/billing/checkout', { plan: 'pro' });
    const old = [...stripe.world.customers.values()].find(({ email }) => email === 'deleted@example.com');
    stripe.world.deleteCustomer(old?.id ?? '');
    stripe.world.completeCheckout((await visitor.post('/api/billing/checkout', { plan: 'pro' })).json.url);
    await tellNews();
    expect(await planOf(visitor)).toBe('pro');
  });
});

test('the portal is there for whoever has begun to pay, and leads back', async () => {
  const visitor = await signUp(server, 'portal@example.com');
  expect(refusal(await visitor.post('/api/billing/portal'))).toEqual([409, 'billing_conflict']);
  await visitor.post('/api/billing/checkout', { plan: 'pro' });
  const { url } = (await visitor.post('/api/billing/portal')).json;
  expect(url).toMatch(new RegExp(`^${stripe.url}/portal/bps_`));
});

describe('an event', () => {
  const unsigned = (body: string | undefined, headers: Record<string, string> = {}, method = 'POST') =>
    fetch(`${server.url}/webhooks/stripe`, { method, headers, ...(body === undefined ? {} : { body }) });

  test('that comes again changes nothing, nor asks anything', async () => {
    const { visitor, subscription } = await subscribe('pro');
    const events = stripe.world.events.filter(
      ({ data }) => (data.object as { customer?: string }).customer === subscription.customer,
    );
    expect(events.length).toBeGreaterThan(3);
    await installation.run('accounts', 'set-plan', (await visitor.ask('/api/me')).json.account.name, 'business');
    const asked = stripe.asked.length;
    for (const event of events) expect(await tell(server, event)).toBe(200);
    expect(stripe.asked.length).toBe(asked);
    expect(await planOf(visitor)).toBe('business');
    // What an admin has set stays until the subscription says something else than it did.
    stripe.world.age(subscription.id, 31);
    stripe.world.renew(subscription.id);
    await tellNews();
    expect(await planOf(visitor)).toBe('business');
  });

  test('is refused when it is forged, altered, old or unsigned, and nothing follows from it', async () => {
    const visitor = await signUp(server, 'forged@example.com');
    const { url } = (await visitor.post('/api/billing/checkout', { plan: 'pro' })).json;
    stripe.world.completeCheckout(url);
    const [event] = stripe.world.events.slice(-1) as [StripeEvent];
    told = stripe.world.events.length;
    const asked = stripe.asked.length;
    const now = Math.floor(Date.now() / 1000);
    expect(await tell(server, event, { secret: 'whsec_OfSomebodyElse' })).toBe(400);
    expect(await tell(server, event, { timestamp: now - 400 })).toBe(400);
    expect(await tell(server, event, { payload: JSON.stringify(event) })).toBe(400);
    const answers = [
      await unsigned(JSON.stringify(event)),
      await unsigned(JSON.stringify(event), { 'Stripe-Signature': `t=${now},v1=${'0'.repeat(64)}` }),
      await unsigned(undefined, { 'Stripe-Signature': 'nonsense' }),
      await unsigned('x'.repeat(262_145), { 'Stripe-Signature': 'nonsense' }),
    ];
    for (const answer of answers) {
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'invalid_parameter']);
    }
    expect([stripe.asked.length, await planOf(visitor)]).toEqual([asked, 'free']);
    expect(await tell(server, event)).toBe(200);
    expect(await planOf(visitor)).toBe('pro');
  });

  test('of somebody else or of another kind is taken, and nothing follows from it', async () => {
    const asked = stripe.asked.length;
    for (const object of [{ customer: 'cus_ofAnotherShop' }, { customer: null }, {}]) {
      const event = { id: `evt_${randomUUID()}`, object: 'event', type: 'invoice.paid', created: 1, data: { object } };
      expect(await tell(server, event)).toBe(200);
    }
    const { customer } = (await subscribe('pro')).subscription;
    const before = stripe.asked.length;
    const other = {
      id: `evt_${randomUUID()}`,
      object: 'event',
      type: 'customer.updated',
      created: 1,
      data: { object: { customer } },
    };
    expect(await tell(server, other)).toBe(200);
    expect(stripe.asked.length).toBe(before);
    expect(asked).toBeLessThan(before);
  });

  test('has an address that is no part of the API, and no business of pages', async () => {
    const answer = await unsigned('{}', { Origin: 'https://shop.example' });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    for (const method of ['GET', 'OPTIONS', 'PUT']) {
      const refused = await unsigned(undefined, { Origin: 'https://shop.example' }, method);
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect(await (await fetch(`${server.url}/openapi.json`)).text()).not.toContain('/webhooks/stripe');
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}

describe('events in any order', () => {
  /** As if they had never come. */
  const renew = (events: readonly StripeEvent[]): StripeEvent[] =>
    events.map((event) => ({ ...event, id: `evt_${randomUUID()}` }));

  test('of a first payment end in the same state', async () => {
    const { visitor, subscription } = await subscribe('pro');
    const { account, billing } = await me(visitor);
    const events = stripe.world.events.filter(({ type, data }) => {
      const { customer } = data.object as { customer?: string };
      return customer === subscription.customer && type !== 'customer.created';
    });
    expect(events.map(({ type }) => type).sort()).toEqual([
      'checkout.session.completed',
      'customer.subscription.created',
      'customer.subscription.updated',
      'invoice.paid',
    ]);
    const forget = `update billing_customers set billed_plan = 'free', state = 'none', renews_at = null
      where account_id = '${account.id}'; update accounts set plan = 'free' where id = '${account.id}'`;
    for (const order of permutations(events)) {
      await queryOwnDatabase(installation, forget);
      expect(await planOf(visitor)).toBe('free');
      for (const event of renew(order)) expect(await tell(server, event)).toBe(200);
      expect(await me(visitor)).toMatchObject({ account, billing });
    }
    await queryOwnDatabase(installation, forget);
    const statuses = await Promise.all(renew([...events, ...events]).map((event) => tell(server, event)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await me(visitor)).toMatchObject({ account, billing });
  });

  test('of a whole life end in its end', async () => {
    const { visitor, subscription } = await subscribe('pro');
    const begin = told;
    await visitor.post('/api/plan', { plan: 'business' });
    stripe.world.isCardDeclined = true;
    stripe.world.age(subscription.id, 31);
    stripe.world.renew(subscription.id);
    stripe.world.isCardDeclined = false;
    stripe.world.end(subscription.id);
    const events = stripe.world.events.slice(begin);
    told = stripe.world.events.length;
    expect(events.length).toBe(5);
    // Each order, and of each order all but the last that it tells: whatever has come, it is the present that counts.
    for (const order of permutations(events)) {
      const [first, ...others] = renew(order);
      if (first) expect(await tell(server, first)).toBe(200);
      expect(await planOf(visitor)).toBe('free');
      await Promise.all(others.map((event) => tell(server, event)));
    }
    expect(await me(visitor)).toMatchObject({
      account: { plan: 'free', nextPlan: null },
      billing: { state: 'none', renewsAt: null, graceEndsAt: null },
    });
  });
});

describe('more', () => {
  test('is paid for the rest of the period, and had at once', async () => {
    const { visitor, subscription } = await subscribe('pro');
    stripe.world.age(subscription.id, 15);
    const answer = await visitor.post('/api/plan', { plan: 'business' });
    expect(answer.json).toMatchObject({ account: { plan: 'business', nextPlan: null }, paymentUrl: null });
    expect(lastInvoice(subscription)).toMatchObject({ status: 'paid', billing_reason: 'subscription_update' });
    // Half of 99 - 29 dollars.
    expect(Math.abs((lastInvoice(subscription)?.total ?? 0) - 3500)).toBeLessThan(5);
    await tellNews();
    expect((await visitor.ask('/api/usage')).json.quota).toBe(25_000);
    const before = invoicesOf(subscription).length;
    await visitor.post('/api/plan', { plan: 'business' });
    expect(invoicesOf(subscription).length).toBe(before);
  });

  test('that the bank refuses is not had until it is paid', async () => {
    const { visitor, subscription } = await subscribe('pro');
    stripe.world.isCardDeclined = true;
    const answer = (await visitor.post('/api/plan', { plan: 'business' })).json;
    stripe.world.isCardDeclined = false;
    expect(answer.account).toMatchObject({ plan: 'pro', nextPlan: null });
    expect(answer.paymentUrl).toBe(lastInvoice(subscription)?.hosted_invoice_url);
    await tellNews();
    expect(await me(visitor)).toMatchObject({ account: { plan: 'pro' }, billing: { state: 'active' } });
    stripe.world.payOpenInvoices(subscription.id);
    await tellNews();
    expect(await planOf(visitor)).toBe('business');
  });
});

describe('less', () => {
  test('is had from the end of the period on, and may be taken back until then', async () => {
    const { visitor, subscription } = await subscribe('business');
    const invoices = invoicesOf(subscription).length;
    const fallen = (await visitor.post('/api/plan', { plan: 'pro' })).json.account;
    expect(fallen).toMatchObject({ plan: 'business', nextPlan: 'pro' });
    expect(Math.round(inDays(fallen.planChangesAt))).toBe(30);
    await tellNews();
    expect((await me(visitor)).account).toEqual(fallen);
    const kept = (await visitor.post('/api/plan', { plan: 'business' })).json.account;
    expect(kept).toMatchObject({ plan: 'business', nextPlan: null, planChangesAt: null });
    expect(subscription.metadata).not.toHaveProperty('remuvr_held_plan');
    await visitor.post('/api/plan', { plan: 'pro' });
    await tellNews();
    expect(invoicesOf(subscription).length).toBe(invoices);
    stripe.world.age(subscription.id, 30);
    stripe.world.renew(subscription.id);
    await tellNews();
    expect((await me(visitor)).account).toMatchObject({ plan: 'pro', nextPlan: null, planChangesAt: null });
    expect(lastInvoice(subscription)).toMatchObject({ status: 'paid', total: 2900 });
  });

  test('falls by the clock of this server, also where Stripe has not told yet', async () => {
    const { visitor, subscription } = await subscribe('business');
    await visitor.post('/api/plan', { plan: 'pro' });
    const { id } = (await me(visitor)).account;
    await queryOwnDatabase(installation, `update accounts set plan_changes_at = now() where id = '${id}'`);
    await until('the plan has fallen', async () => (await planOf(visitor)) === 'pro');
    stripe.world.age(subscription.id, 30);
    stripe.world.renew(subscription.id);
    await tellNews();
    expect((await me(visitor)).account).toMatchObject({ plan: 'pro', nextPlan: null });
  });

  test('and then more again pays from what was paid, not from what was to come', async () => {
    const { visitor, subscription } = await subscribe('pro');
    await visitor.post('/api/plan', { plan: 'free' });
    expect(subscription.cancel_at_period_end).toBe(true);
    const { account } = (await visitor.post('/api/plan', { plan: 'business' })).json;
    expect(account).toMatchObject({ plan: 'business', nextPlan: null });
    expect([subscription.cancel_at_period_end, subscription.status]).toEqual([false, 'active']);
    expect(Math.abs((lastInvoice(subscription)?.total ?? 0) - 7000)).toBeLessThan(5);
    await tellNews();
  });
});

describe('nothing', () => {
  test('is cancelled with the period, and may be taken back until then', async () => {
    const { visitor, subscription } = await subscribe('pro');
    const ending = (await visitor.post('/api/plan', { plan: 'free' })).json.account;
    expect(ending).toMatchObject({ plan: 'pro', nextPlan: 'free' });
    await tellNews();
    expect(await me(visitor)).toMatchObject({ account: ending, billing: { state: 'active', renewsAt: null } });
    await visitor.post('/api/plan', { plan: 'pro' });
    expect((await me(visitor)).account).toMatchObject({ plan: 'pro', nextPlan: null });
    await visitor.post('/api/plan', { plan: 'free' });
    stripe.world.age(subscription.id, 30);
    stripe.world.renew(subscription.id);
    await tellNews();
    expect(await me(visitor)).toMatchObject({
      account: { plan: 'free', nextPlan: null },
      billing: { state: 'none', hasPortal: true },
    });
    stripe.world.completeCheckout((await visitor.post('/api/billing/checkout', { plan: 'pro' })).json.url);
    await tellNews();
    expect(await planOf(visitor)).toBe('pro');
  });
});

describe('a payment that fails', () => {
  test('leaves the plan for the days of grace, then takes it, and a later one brings it back', async () => {
    const { visitor, subscription } = await subscribe('pro');
    stripe.world.isCardDeclined = true;
    stripe.world.age(subscription.id, 30);
    stripe.world.renew(subscription.id);
    stripe.world.isCardDeclined = false;
    await tellNews();
    const { account, billing } = await me(visitor);
    expect(account).toMatchObject({ plan: 'pro', nextPlan: 'free', planChangesAt: billing.graceEndsAt });
    expect(billing.state).toBe('past_due');
    expect(Math.round(inDays(billing.graceEndsAt))).toBe(7);
    expect(refusal(await visitor.post('/api/plan', { plan: 'business' }))).toEqual([402, 'payment_required']);
    await queryOwnDatabase(installation, `update accounts set plan_changes_at = now() where id = '${account.id}'`);
    await until('the grace has ended', async () => (await planOf(visitor)) === 'free');
    expect((await me(visitor)).billing.state).toBe('past_due');
    stripe.world.payOpenInvoices(subscription.id);
    await tellNews();
    expect(await me(visitor)).toMatchObject({
      account: { plan: 'pro', nextPlan: null, planChangesAt: null },
      billing: { state: 'active', graceEndsAt: null },
    });
  });

  test('for the second time is no second grace', async () => {
    const { visitor, subscription } = await subscribe('pro');
    stripe.world.isCardDeclined = true;
    for (const days of [30, 30]) {
      stripe.world.age(subscription.id, days);
      stripe.world.renew(subscription.id);
    }
    stripe.world.isCardDeclined = false;
    await tellNews();
    const { account, billing } = await me(visitor);
    expect([account.plan, account.nextPlan, billing.state]).toEqual(['free', null, 'past_due']);
    expect(inDays(billing.graceEndsAt)).toBeLessThan(0);
  });
});

describe('where Stripe is away', () => {
  test.each(['broken', 'silent'] as const)('(%s) that is said, and nothing is lost', async (mood) => {
    const { visitor, subscription } = await subscribe('business');
    const newcomer = await signUp(server, `${mood}@example.com`);
    stripe.world.end(subscription.id);
    const [event] = stripe.world.events.slice(told) as [StripeEvent];
    told = stripe.world.events.length;
    stripe.mood = mood;
    const [status, ...answers] = await Promise.all([
      tell(server, event),
      newcomer.post('/api/billing/checkout', { plan: 'pro' }),
      visitor.post('/api/billing/portal'),
      visitor.post('/api/plan', { plan: 'pro' }),
    ]);
    stripe.mood = 'well';
    for (const answer of answers) {
      expect(refusal(answer)).toEqual([503, 'billing_unavailable']);
      expect(answer.headers.get('retry-after')).toBe('30');
    }
    expect([status, await planOf(visitor)]).toEqual([503, 'business']);
    expect(await tell(server, event)).toBe(200);
    expect(await planOf(visitor)).toBe('free');
    stripe.world.completeCheckout((await newcomer.post('/api/billing/checkout', { plan: 'pro' })).json.url);
    await tellNews();
    expect(await planOf(newcomer)).toBe('pro');
  });

  test('who leaves is not forgotten: the subscription ends when Stripe is back', async () => {
    const { visitor, subscription } = await subscribe('pro');
    stripe.mood = 'broken';
    expect((await visitor.post('/api/auth/delete-user', { password: PASSWORD })).status).toBe(200);
    const asked = stripe.asked.length;
    await until('it was tried', async () => stripe.asked.slice(asked).some((one) => one.startsWith('DELETE')));
    stripe.mood = 'well';
    await until('the subscription has ended', async () => subscription.status === 'canceled');
    await until('nothing is left of the customer', async () => {
      const statement = `select * from billing_customers where customer_id = '${subscription.customer}'`;
      return (await queryOwnDatabase(installation, statement)).length === 0;
    });
    await tellNews();
  });
});

test('no secret is in the log, and no error was met but those of Stripe', () => {
  for (const secret of [STRIPE_KEY, SIGNING_SECRET]) expect(server.log()).not.toContain(secret);
  const errors = server
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{"level":50'));
  expect(errors).toEqual([]);
});

test('one of the two secrets alone ends the start, with a sentence that names the other', async () => {
  const half = { STRIPE_WEBHOOK_SECRET: '' };
  const refused = await installation.start(['serve', '--no-worker'], half).then(() => 'it started', String);
  expect(refused).toContain('STRIPE_WEBHOOK_SECRET is "", but it must be set where STRIPE_SECRET_KEY is.');
});
