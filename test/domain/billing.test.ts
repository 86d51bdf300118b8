import { describe, expect, test } from 'vitest';
import { decideStanding, decideSteps, leadingSubscription, type Subscription } from '../../src/domain/billing.ts';
import { DEFAULT_PLANS, findPlan, type PlanName } from '../../src/domain/plan.ts';

const TERMS = { plans: DEFAULT_PLANS, graceDays: 7 };
const rankOf = (plan: PlanName): number => findPlan(DEFAULT_PLANS, plan).priority;
const NOW = new Date('2026-11-10T12:00:00Z');
const inDays = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

const PRO: Subscription = {
  id: 'sub_1',
  plan: 'pro',
  held: null,
  periodEnd: inDays(20),
  endsAt: null,
  unpaidSince: null,
};
const BUSINESS: Subscription = { ...PRO, plan: 'business' };
const FALLING: Subscription = { ...PRO, held: { plan: 'business', until: inDays(20) } };

describe('what subscriptions entitle to', () => {
  test.each<[string, Subscription[], Partial<ReturnType<typeof decideStanding>>]>([
    ['none', [], { plan: 'free', nextPlan: null, state: 'none', renewsAt: null }],
    ['one', [PRO], { plan: 'pro', nextPlan: null, state: 'active', renewsAt: inDays(20) }],
    ['one that falls', [FALLING], { plan: 'business', nextPlan: 'pro', planChangesAt: inDays(20) }],
    ['one that was cancelled', [{ ...PRO, endsAt: inDays(20) }], { plan: 'pro', nextPlan: 'free', renewsAt: null }],
    ['one that falls, cancelled', [{ ...FALLING, endsAt: inDays(20) }], { plan: 'business', nextPlan: 'free' }],
    [
      'one that is owed for',
      [{ ...PRO, unpaidSince: inDays(-2) }],
      { plan: 'pro', nextPlan: 'free', planChangesAt: inDays(5), state: 'past_due', graceEndsAt: inDays(5) },
    ],
    [
      'one that is owed for too long',
      [{ ...PRO, unpaidSince: inDays(-7) }],
      { plan: 'free', nextPlan: null, planChangesAt: null, state: 'past_due', graceEndsAt: NOW },
    ],
    ['two', [{ ...BUSINESS, endsAt: inDays(3) }, PRO], { plan: 'business', nextPlan: 'pro', planChangesAt: inDays(3) }],
    ['two, the lower one owed for', [BUSINESS, { ...PRO, unpaidSince: NOW }], { plan: 'business', state: 'active' }],
  ])('of %s', (_name, subscriptions, expected) => {
    expect(decideStanding(TERMS, subscriptions, NOW)).toMatchObject(expected);
    expect(decideStanding(TERMS, [...subscriptions].reverse(), NOW)).toMatchObject(expected);
  });

  test('without days of grace falls with the payment', () => {
    expect(decideStanding({ ...TERMS, graceDays: 0 }, [{ ...PRO, unpaidSince: NOW }], NOW)).toMatchObject({
      plan: 'free',
      nextPlan: null,
    });
  });
});

/** mulberry32: the same numbers at every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function anySubscriptions(seed: number): Subscription[] {
  const random = createRandom(seed);
  const plan = (): PlanName => (['pro', 'business'] as const)[random(2)] ?? 'pro';
  const moment = (): Date | null => (random(3) === 0 ? inDays(random(40) - 15) : null);
  return Array.from({ length: random(4) }, (_, i) => {
    const periodEnd = inDays(random(30) + 1);
    const held = random(3) === 0 ? { plan: plan(), until: periodEnd } : null;
    return { id: `sub_${i}`, plan: plan(), held, periodEnd, endsAt: moment(), unpaidSince: moment() };
  });
}

const SEEDS = Array.from({ length: 2_000 }, (_, seed) => seed);

test('whatever is going to change is, at its moment, what is decided then, and until then nothing changes', () => {
  let changes = 0;
  for (const seed of SEEDS) {
    const subscriptions = anySubscriptions(seed);
    const { plan, nextPlan, planChangesAt } = decideStanding(TERMS, subscriptions, NOW);
    expect([nextPlan === null, nextPlan === plan]).toEqual([planChangesAt === null, false]);
    const end = planChangesAt ?? inDays(100);
    for (const share of [0.25, 0.5, 0.99]) {
      const moment = new Date(NOW.getTime() + (end.getTime() - NOW.getTime()) * share);
      expect(decideStanding(TERMS, subscriptions, moment).plan).toBe(plan);
    }
    if (!nextPlan || !planChangesAt) continue;
    changes++;
    expect(rankOf(nextPlan)).toBeLessThan(rankOf(plan));
    expect(decideStanding(TERMS, subscriptions, planChangesAt).plan).toBe(nextPlan);
  }
  expect(changes).toBeGreaterThan(200);
});

test('the order of the subscriptions decides nothing, and another one takes nothing away', () => {
  for (const seed of SEEDS) {
    const subscriptions = anySubscriptions(seed);
    const standing = decideStanding(TERMS, subscriptions, NOW);
    expect(decideStanding(TERMS, [...subscriptions].reverse(), NOW)).toEqual(standing);
    const more = decideStanding(TERMS, [...subscriptions, PRO], NOW);
    expect(rankOf(more.plan)).toBeGreaterThanOrEqual(rankOf(standing.plan));
    const leading = leadingSubscription(TERMS, subscriptions, NOW);
    if (leading) expect(decideStanding(TERMS, [leading], NOW).plan).toBe(standing.plan);
  }
});

describe('the steps to another plan', () => {
  const HELD = { plan: 'business', until: inDays(20) };

  test.each<[string, Subscription, PlanName, ReturnType<typeof decideSteps>]>([
    ['the same', PRO, 'pro', []],
    ['more', PRO, 'business', [{ kind: 'rise', plan: 'business' }]],
    ['less', BUSINESS, 'pro', [{ kind: 'fall', plan: 'pro', held: HELD as Subscription['held'] & object }]],
    ['less, once more', FALLING, 'pro', []],
    ['less, taken back', FALLING, 'business', [{ kind: 'keep' }]],
    ['nothing', PRO, 'free', [{ kind: 'end' }]],
    ['nothing, once more', { ...PRO, endsAt: inDays(20) }, 'free', []],
    ['nothing, taken back', { ...PRO, endsAt: inDays(20) }, 'pro', [{ kind: 'keep' }]],
    ['nothing, after less', FALLING, 'free', [{ kind: 'end' }]],
    [
      'less, after nothing',
      { ...BUSINESS, endsAt: inDays(20) },
      'pro',
      [{ kind: 'fall', plan: 'pro', held: HELD as Subscription['held'] & object }],
    ],
    [
      'more, after nothing',
      { ...PRO, endsAt: inDays(20) },
      'business',
      [{ kind: 'keep' }, { kind: 'rise', plan: 'business' }],
    ],
  ])('%s', (_name, subscription, asked, steps) => {
    expect(decideSteps(DEFAULT_PLANS, subscription, asked, NOW)).toEqual(steps);
  });
});
