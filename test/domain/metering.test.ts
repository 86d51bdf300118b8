/** The pure decisions of plans, quota and rate. */
import { describe, expect, test } from 'vitest';
import { accountLimits, DEFAULT_PLANS, keyMaxFileSize, PLANS, type Plan } from '../../src/domain/plan.ts';
import { composeCycle, preferredPriority } from '../../src/domain/priority.ts';
import { decideReservation, quotaPeriod, usageTotals } from '../../src/domain/quota.ts';
import { type Bucket, decideRate } from '../../src/domain/rate-limit.ts';

const NO_OVERRIDES = { monthlyRemovals: null, requestsPerSecond: null, maxFileSize: null };

describe('plans', () => {
  test('are those of the contract', () => {
    const rows = Object.entries(PLANS).map(([name, p]) => [
      name,
      p.monthlyRemovals,
      p.requestsPerSecond,
      p.maxFileSize,
    ]);
    expect(rows.slice(0, 3)).toEqual([
      ['free', 50, 2, 10_000_000],
      ['pro', 5_000, 10, 10_000_000],
      ['business', 25_000, 20, 50_000_000],
    ]);
  });

  test('take custom limits on enterprise alone, so that a downgrade ends them', () => {
    const overrides = { ...NO_OVERRIDES, monthlyRemovals: 7 };
    expect(accountLimits(PLANS.enterprise, overrides).monthlyRemovals).toBe(7);
    expect(accountLimits(PLANS.enterprise, overrides).requestsPerSecond).toBe(PLANS.enterprise.requestsPerSecond);
    expect(accountLimits(PLANS.pro, overrides).monthlyRemovals).toBe(5_000);
  });

  test('a key narrows the size of a file, and never widens it', () => {
    expect(keyMaxFileSize(PLANS.pro, { ...NO_OVERRIDES, maxFileSize: 1_000 })).toBe(1_000);
    expect(keyMaxFileSize(PLANS.pro, { ...NO_OVERRIDES, maxFileSize: 99_000_000 })).toBe(10_000_000);
    expect(keyMaxFileSize(PLANS.pro, NO_OVERRIDES)).toBe(10_000_000);
  });
});

describe('the quota', () => {
  test('renews on the first of the next month in UTC, over the end of a year too', () => {
    expect(quotaPeriod(new Date('2024-02-29T23:59:59.999Z'))).toEqual({
      start: '2024-02-01',
      resetsAt: new Date('2024-03-01T00:00:00Z'),
    });
    expect(quotaPeriod(new Date('2024-12-31T23:30:00-05:00'))).toEqual({
      start: '2025-01-01',
      resetsAt: new Date('2025-02-01T00:00:00Z'),
    });
  });

  test('is reserved up to the limit, what is under way included, and no further', () => {
    expect(decideReservation({ used: 3, reserved: 1 }, 5)).toEqual({ kind: 'reserve', remaining: 0 });
    expect(decideReservation({ used: 3, reserved: 2 }, 5)).toEqual({ kind: 'deny' });
    expect(decideReservation({ used: 0, reserved: 0 }, 0)).toEqual({ kind: 'deny' });
  });

  test('total and remaining add up to the limit, and after a downgrade nothing remains', () => {
    expect(usageTotals({ used: 3, reserved: 2 }, 10)).toEqual({ total: 5, remaining: 5 });
    expect(usageTotals({ used: 60, reserved: 0 }, 50)).toEqual({ total: 60, remaining: 0 });
  });
});

describe('the rate', () => {
  const allowed = (times: readonly number[], rate: number): number => {
    let bucket: Bucket | undefined;
    let count = 0;
    for (const time of times) {
      const decision = decideRate(bucket, time, rate);
      if (decision.kind === 'allow') count++;
      bucket = decision.bucket;
    }
    return count;
  };

  test('lets one second worth of requests through at once, and then one every fraction', () => {
    expect(allowed(new Array(50).fill(1_000), 10)).toBe(10);
    expect(allowed([...new Array(10).fill(0), 99, 100, 101, 200], 10)).toBe(12);
  });

  test('never lets more than rate × seconds + one second worth through, whatever the times', () => {
    for (let seed = 1; seed <= 50; seed++) {
      let state = seed;
      const next = () => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return state / 2_147_483_648;
      };
      const times = Array.from({ length: 400 }, () => next() * 5_000).sort((a, b) => a - b);
      expect(allowed(times, 7)).toBeLessThanOrEqual(7 * 5 + 7);
    }
  });

  test('a clock set back neither fills nor drains the bucket', () => {
    const first = decideRate(undefined, 10_000, 2);
    const second = decideRate(first.bucket, 1_000, 2);
    expect([second.kind, second.remaining]).toEqual(['allow', 0]);
    expect(decideRate(second.bucket, 1_000, 2).kind).toBe('deny');
  });

  test('tells what is left and when the bucket is full', () => {
    expect(decideRate(undefined, 5_000, 10)).toMatchObject({ kind: 'allow', remaining: 9, resetAtMs: 5_100 });
  });
});

describe('the turns of a worker', () => {
  const turns = composeCycle(DEFAULT_PLANS);
  const share = (priority: number) => turns.filter((turn) => turn === priority).length;

  test('give every plan its share of each 16, the higher the larger', () => {
    const shares = [PLANS.enterprise, PLANS.business, PLANS.pro, PLANS.free].map((plan) => share(plan.priority));
    expect(shares).toEqual([8, 4, 3, 1]);
  });

  test('repeat for ever', () => {
    expect(preferredPriority(turns, turns.length * 1_000 + 11)).toBe(turns[11]);
  });

  test('of any plans give each its own in every round, however it is cut, and begin with whoever has most', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const plans = Array.from({ length: 1 + (seed % 7) }, (_, i): [string, Plan] => [
        `plan-${i}`,
        { ...PLANS.pro, priority: (i * seed * 13) % 5, turns: 1 + ((i * 31 + seed * 17) % 20) },
      ]);
      const cycle = composeCycle(new Map(plans));
      const turnsOf = (priority: number) =>
        plans.filter(([, plan]) => plan.priority === priority).reduce((sum, [, plan]) => sum + plan.turns, 0);
      for (const start of [0, 1, cycle.length - 1]) {
        const round = Array.from(cycle, (_, i) => preferredPriority(cycle, start + i));
        for (const priority of new Set(plans.map(([, plan]) => plan.priority))) {
          expect(round.filter((turn) => turn === priority)).toHaveLength(turnsOf(priority));
        }
      }
      const most = Math.max(...cycle.map(turnsOf));
      expect(turnsOf(cycle[0] ?? -1)).toBe(most);
    }
  });

  test('of a plan are spread over the round: between two of them lie no more than twice its share', () => {
    const cycle = composeCycle(DEFAULT_PLANS);
    for (const { priority, turns: own } of DEFAULT_PLANS.values()) {
      const places = [...cycle, ...cycle].flatMap((turn, place) => (turn === priority ? [place] : []));
      const gaps = places.slice(1).map((place, i) => place - (places[i] ?? 0));
      expect(Math.max(...gaps)).toBeLessThan((2 * cycle.length) / own);
    }
  });
});
