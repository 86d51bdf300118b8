/** The operator's file of plans: what it changes, what it adds, and what is refused, with its place. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_PLANS, decidePlanChange, findPlan, PLANS, type PlanTable } from '../../src/domain/plan.ts';
import { readPlans } from '../../src/domain/plans-file.ts';

const STARTER = {
  title: 'Starter',
  price: { amount: 4.9, currency: 'EUR', per: 'month' },
  features: ['Live keys'],
  monthlyRemovals: 500,
  requestsPerSecond: 4,
  maxFileSize: 10_000_000,
  priority: 1,
  turns: 2,
};

function plansOf(file: unknown): PlanTable {
  const reading = readPlans(JSON.stringify(file));
  if (reading.kind === 'refused') throw new Error(reading.problem);
  return reading.plans;
}
const problemOf = (text: string): string | undefined => {
  const reading = readPlans(text);
  return reading.kind === 'refused' ? reading.problem : undefined;
};

test('an empty file changes nothing', () => {
  expect(plansOf({})).toEqual(DEFAULT_PLANS);
});

test('what a plan does not name stays as it is', () => {
  const plans = plansOf({ pro: { title: 'Studio', monthlyRemovals: 9_000 }, business: { isHidden: true } });
  expect(plans.get('pro')).toEqual({ ...PLANS.pro, title: 'Studio', monthlyRemovals: 9_000 });
  expect(plans.get('business')).toEqual({ ...PLANS.business, isHidden: true });
  expect(plans.get('enterprise')).toEqual(PLANS.enterprise);
});

test('a plan that is added stands at its rank, is paid for, and is offered', () => {
  const plans = plansOf({ starter: STARTER });
  expect([...plans.keys()]).toEqual(['free', 'starter', 'pro', 'business', 'enterprise']);
  expect(plans.get('starter')).toEqual({
    ...STARTER,
    hasLiveKeys: true,
    hasCustomLimits: false,
    isHidden: false,
    stripePrice: null,
  });
});

test('of two plans of one priority the one that holds more is the greater', () => {
  const end = new Date('2026-12-01T00:00:00Z');
  const plans = plansOf({ starter: STARTER });
  expect(decidePlanChange(plans, 'starter', 'pro', end)).toMatchObject({ plan: 'pro', nextPlan: null });
  expect(decidePlanChange(plans, 'pro', 'starter', end)).toMatchObject({ plan: 'pro', nextPlan: 'starter' });
});

test('a plan that the table lacks has the limits of the least', () => {
  expect(findPlan(plansOf({ free: { monthlyRemovals: 3 } }), 'gone').monthlyRemovals).toBe(3);
});

describe('is refused, with the place:', () => {
  const { turns: _, ...withoutTurns } = STARTER;
  test.each<[string, unknown, string]>([
    ['a list', [], 'must be an object of plans'],
    ['a name with capitals', { Pro: {} }, 'a plan "Pro", but a name is of small letters'],
    ['a name of the language', { constructor: STARTER, __proto: 1 }, 'a plan "__proto"'],
    ['a plan that is no object', { pro: 7 }, 'a plan "pro" that is no object'],
    ['a member that no plan has', { pro: { prize: null } }, '"prize" in the plan "pro", which no plan has'],
    ['a number as text', { pro: { turns: '3' } }, '"turns" in the plan "pro" that is not a whole number from 1 to 100'],
    ['no turns at all', { pro: { turns: 0 } }, '"turns" in the plan "pro"'],
    ['more than the database holds', { pro: { monthlyRemovals: 2 ** 31 } }, '"monthlyRemovals" in the plan "pro"'],
    ['a price without its currency', { pro: { price: { amount: 1, per: 'month' } } }, '"price" in the plan "pro"'],
    ['a third of a cent', { pro: { price: { amount: 0.333, currency: 'EUR', per: 'month' } } }, '"price"'],
    ['a feature of no text', { pro: { features: ['', 'x'] } }, '"features" in the plan "pro"'],
    ['what is no price at Stripe', { pro: { stripePrice: 'prod_1' } }, '"stripePrice" in the plan "pro"'],
    ['a plan that lacks a member', { starter: withoutTurns }, 'lacks "turns" in the plan "starter"'],
    ['a hidden beginning', { free: { isHidden: true } }, 'hides the plan "free"'],
    ['a beginning with a price', { free: { price: null } }, 'a price for the plan "free"'],
    ['too many', Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`p${i}`, STARTER])), 'more than 20 plans'],
  ])('%s', (_name, file, problem) => {
    expect(problemOf(JSON.stringify(file))).toContain(problem);
  });

  test('what is no JSON', () => {
    expect(problemOf('{ pro: }')).toBe('is no JSON');
  });
});
