/** Following subscriptions below HTTP: looks that overtake each other, news that never came, and what is not ours. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStripeBilling } from '../../src/adapters/stripe-billing.ts';
import type { Billing } from '../../src/ports/billing.ts';
import { closeAccount, sweepClosedAccounts } from '../../src/services/close-account.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { describeStanding } from '../../src/services/describe-billing.ts';
import { ensureAccount } from '../../src/services/find-member.ts';
import { followSubscriptions } from '../../src/services/follow-subscriptions.ts';
import { startCheckout } from '../../src/services/pay-for-plan.ts';
import { sweepLeftCustomers, sweepUnwatched } from '../../src/services/sweep-billing.ts';
import { switchPlan } from '../../src/services/switch-plan.ts';
import { type Account, findAccount } from '../../src/store/accounts.ts';
import { findBillingCustomer } from '../../src/store/billing.ts';
import { openTestContext, type TestContext } from '../helpers/database.ts';
import { SIGNING_SECRET, STRIPE_KEY, type StripeServer, startStripeServer } from '../helpers/stripe-server.ts';

const OWN_PRICE = 'price_ofTheOperator';
const NOT_STOPPING = new AbortController().signal;

let stripe: StripeServer;
let opened: TestContext;
let ctx: ServiceContext;

beforeAll(async () => {
  stripe = await startStripeServer();
  opened = await openTestContext();
  const billing = createStripeBilling({
    secretKey: STRIPE_KEY,
    webhookSecret: SIGNING_SECRET,
    apiUrl: stripe.url,
    graceDays: 7,
    planOfPrice: (id) => (id === OWN_PRICE ? 'business' : undefined),
  });
  ctx = { ...opened.ctx, billing };
});
afterAll(async () => {
  await opened?.close();
  await stripe?.close();
});

async function subscribe(plan: 'pro' | 'business') {
  const email = `${randomUUID()}@example.com`;
  const person = { id: randomUUID(), email, name: 'Somebody', isEmailVerified: true, hasTwoFactor: false };
  const account = await ensureAccount({ ctx, person });
  const url = await startCheckout({
    ctx,
    account,
    email,
    plan,
    doneUrl: 'http://here/done',
    leftUrl: 'http://here/left',
  });
  const subscription = stripe.world.completeCheckout(url);
  await followSubscriptions({ ctx, accountId: account.id });
  const planNow = async () => (await findAccount(ctx.database, account.id))?.plan;
  return { account, person, subscription, planNow };
}

async function accountNow(accountId: string): Promise<Account> {
  const account = await findAccount(ctx.database, accountId);
  if (!account) throw new Error('the account is gone');
  return account;
}

test('a look that was overtaken by one that began later is not applied', async () => {
  const { account, subscription, planNow } = await subscribe('business');
  let hasSeen = (): void => {};
  let mayGoOn = (): void => {};
  const seen = new Promise<void>((resolve) => {
    hasSeen = resolve;
  });
  const wait = new Promise<void>((resolve) => {
    mayGoOn = resolve;
  });
  const slow: Billing = {
    ...ctx.billing,
    async listSubscriptions(customerId) {
      const found = await ctx.billing.listSubscriptions(customerId);
      hasSeen();
      await wait;
      return found;
    },
  };
  const overtaken = followSubscriptions({ ctx: { ...ctx, billing: slow }, accountId: account.id });
  await seen;
  stripe.world.end(subscription.id);
  await followSubscriptions({ ctx, accountId: account.id });
  expect(await planNow()).toBe('free');
  mayGoOn();
  await overtaken;
  expect(await planNow()).toBe('free');
});

test('a payment that comes while a page is answered is never told of beside the plan before it', async () => {
  const { account: before } = await subscribe('pro');
  expect(before.plan).toBe('free');
  const { account, billing } = await describeStanding({ ctx, account: before });
  expect([account.plan, billing?.state]).toEqual(['pro', 'active']);
});

test('news that never came is found out a day later, and not asked for again until the next', async () => {
  const { account, subscription, planNow } = await subscribe('pro');
  stripe.world.end(subscription.id);
  await sweepUnwatched(ctx, NOT_STOPPING);
  expect(await planNow()).toBe('pro');
  await sql`update billing_customers set looked_at = now() - interval '25 hours'
    where account_id = ${account.id}`.execute(ctx.database);
  stripe.mood = 'broken';
  await sweepUnwatched(ctx, NOT_STOPPING);
  stripe.mood = 'well';
  expect(await planNow()).toBe('pro');
  await sweepUnwatched(ctx, NOT_STOPPING);
  expect(await planNow()).toBe('free');
  const asked = stripe.asked.length;
  await sweepUnwatched(ctx, NOT_STOPPING);
  expect(stripe.asked.length).toBe(asked);
});

test('an account that is closed, and deleted before Stripe has heard of it, pays no more', async () => {
  const { account, person, subscription } = await subscribe('pro');
  await closeAccount({ ctx, personId: person.id });
  expect(await sweepClosedAccounts(ctx)).toBe(1);
  expect(await findAccount(ctx.database, account.id)).toBeUndefined();
  stripe.mood = 'broken';
  await sweepLeftCustomers(ctx, NOT_STOPPING);
  expect([subscription.status, await findBillingCustomer(ctx.database, account.id)]).toMatchObject(['active', {}]);
  stripe.mood = 'well';
  await sweepLeftCustomers(ctx, NOT_STOPPING);
  expect(subscription.status).toBe('canceled');
  expect(await findBillingCustomer(ctx.database, account.id)).toBeUndefined();
});

test('an account that is closed while its customer is being made leaves none', async () => {
  const { account, person } = await subscribe('pro');
  await closeAccount({ ctx, personId: person.id });
  await sweepLeftCustomers(ctx, NOT_STOPPING);
  const again = {
    ctx,
    account,
    email: person.email,
    plan: 'pro',
    doneUrl: 'http://here',
    leftUrl: 'http://here',
  } as const;
  await expect(startCheckout(again)).rejects.toMatchObject({ code: 'not_found' });
  expect(await findBillingCustomer(ctx.database, account.id)).toBeUndefined();
});

test('enterprise stays what was agreed upon, whatever is paid besides', async () => {
  const { account, subscription, planNow } = await subscribe('pro');
  await sql`update accounts set plan = 'enterprise' where id = ${account.id}`.execute(ctx.database);
  stripe.world.end(subscription.id);
  await followSubscriptions({ ctx, accountId: account.id });
  expect(await planNow()).toBe('enterprise');
  const agreed = { ...account, plan: 'enterprise' } as const;
  await expect(switchPlan({ ctx, account: agreed, plan: 'pro' })).rejects.toMatchObject({ code: 'plan_required' });
});

test('what is taken back is the price that was paid, not the one that the plan has by now', async () => {
  const { account, subscription } = await subscribe('business');
  const item = () => subscription.items.data[0];
  const cheaper = { ...stripe.world.price(item()?.price.id ?? ''), id: 'price_ofEarlierDays', unit_amount: 4900 };
  stripe.world.prices.set(cheaper.id, cheaper);
  for (const one of subscription.items.data) one.price = cheaper;
  for (const plan of ['free', 'business'] as const)
    await switchPlan({ ctx, account: await accountNow(account.id), plan });
  expect([item()?.price.id, subscription.cancel_at_period_end]).toEqual([cheaper.id, false]);
  await switchPlan({ ctx, account: await accountNow(account.id), plan: 'pro' });
  expect(item()?.price.unit_amount).toBe(2900);
  await switchPlan({ ctx, account: await accountNow(account.id), plan: 'business' });
  expect(item()?.price.id).toBe(cheaper.id);
});

test('who stays on more than they pay for is not charged for it', async () => {
  const { account, subscription } = await subscribe('pro');
  await sql`update accounts set plan = 'business' where id = ${account.id}`.execute(ctx.database);
  await switchPlan({ ctx, account: await accountNow(account.id), plan: 'free' });
  expect(await accountNow(account.id)).toMatchObject({ plan: 'business', nextPlan: 'free' });
  const { account: kept, paymentUrl } = await switchPlan({
    ctx,
    account: await accountNow(account.id),
    plan: 'business',
  });
  expect([kept.plan, kept.nextPlan, paymentUrl]).toEqual(['business', null, undefined]);
  expect(subscription.items.data[0]?.price.unit_amount).toBe(2900);
});

test('a subscription that the operator made by a price of theirs is one of that plan', async () => {
  const { account, subscription, planNow } = await subscribe('pro');
  for (const item of subscription.items.data) item.price = { ...item.price, id: OWN_PRICE, metadata: {} };
  await followSubscriptions({ ctx, accountId: account.id });
  expect(await planNow()).toBe('business');
});

test('a subscription for what this server does not sell is left alone, and so is the plan', async () => {
  const { account, subscription, planNow } = await subscribe('pro');
  for (const item of subscription.items.data) item.price = { ...item.price, metadata: {} };
  await followSubscriptions({ ctx, accountId: account.id });
  expect(await planNow()).toBe('pro');
  await expect(switchPlan({ ctx, account, plan: 'business' })).rejects.toMatchObject({ code: 'billing_conflict' });
});
