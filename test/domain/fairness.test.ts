/** The bounds that the pages state, over the pure schedule: workers at any turns, plans that come and go. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PLANS, PLANS } from '../../src/domain/plan.ts';
import { composeCycle, preferredPriority } from '../../src/domain/priority.ts';

const CYCLE = composeCycle(DEFAULT_PLANS);
const NAMES = ['enterprise', 'business', 'pro', 'free'] as const;
const priorityOf = (name: (typeof NAMES)[number]): number => PLANS[name].priority;

/**
 * As docs/operations.md has it: the jobs that one worker begins at most before the next of the plan in the row, and how many
 * of them are of lower plans. A turn of a plan without a job goes to the highest that has one, so of higher plans it may be all.
 */
const PASSED_BY: Readonly<Record<(typeof NAMES)[number], Readonly<Record<string, number>>>> = {
  enterprise: { all: 2, business: 1, pro: 1, free: 1 },
  business: { all: 4, pro: 1, free: 1 },
  pro: { all: 5, free: 1 },
  free: { all: 15 },
};

/** The queue as the store has it: a job of the preferred priority, else of the highest that waits. */
function claim(waiting: Map<number, number>, preferred: number): number | undefined {
  const isWaiting = (priority: number): boolean => (waiting.get(priority) ?? 0) > 0;
  const chosen = isWaiting(preferred) ? preferred : NAMES.map(priorityOf).find(isWaiting);
  if (chosen !== undefined) waiting.set(chosen, (waiting.get(chosen) ?? 0) - 1);
  return chosen;
}

function createRandom(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** Several workers, each at a turn of its own, in any order; `refill` is asked before each start. */
function simulate(seed: number, starts: number, refill: (waiting: Map<number, number>, random: Random) => void) {
  const random = createRandom(seed);
  const turns = Array.from({ length: 1 + random(5) }, () => random(CYCLE.length));
  const waiting = new Map<number, number>();
  return Array.from({ length: starts }, () => {
    refill(waiting, random);
    const worker = random(turns.length);
    const begun = claim(waiting, preferredPriority(CYCLE, turns[worker] ?? 0));
    if (begun !== undefined) turns[worker] = (turns[worker] ?? 0) + 1;
    return { worker, begun };
  });
}
type Random = ReturnType<typeof createRandom>;
const countOf = (begun: readonly (number | undefined)[], priority: number): number =>
  begun.filter((each) => each === priority).length;
const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

describe('with every plan saturated', () => {
  const fill = (waiting: Map<number, number>): void => {
    for (const name of NAMES) waiting.set(priorityOf(name), 5);
  };

  test('free has at least 5 % of the starts: one in sixteen, and of each worker one in any sixteen in a row', () => {
    for (const seed of SEEDS) {
      const starts = simulate(seed, 800, fill);
      const free = countOf(
        starts.map(({ begun }) => begun),
        PLANS.free.priority,
      );
      expect(free / starts.length).toBeGreaterThanOrEqual(0.05);
      for (let worker = 0; worker < 5; worker++) {
        const own = starts.filter((start) => start.worker === worker).map(({ begun }) => begun);
        const rounds = own.slice(CYCLE.length - 1).map((_, from) => own.slice(from, from + CYCLE.length));
        const shares = rounds.map((round) => NAMES.map((name) => countOf(round, priorityOf(name))).join(' '));
        expect([...new Set(shares)].filter((share) => share !== '8 4 3 1')).toEqual([]);
      }
    }
  });
});

describe('whatever comes and goes', () => {
  /** Plans have times without a job, and times with many; the one in question always has one. */
  const storm =
    (always: number) =>
    (waiting: Map<number, number>, random: Random): void => {
      for (const name of NAMES) {
        if (random(6) === 0) waiting.set(priorityOf(name), random(2) * random(20));
      }
      waiting.set(always, Math.max(1, waiting.get(always) ?? 0));
    };

  test.each(NAMES)('the next job of %s is passed by no more jobs of a worker than the pages say', (name) => {
    const own = priorityOf(name);
    const worst: Record<string, number> = {};
    for (const seed of SEEDS) {
      const passed = new Map<string, number>();
      for (const { worker, begun } of simulate(seed, 600, storm(own))) {
        if (begun === own) {
          passed.clear();
          continue;
        }
        const plan = NAMES.find((each) => priorityOf(each) === begun) ?? '';
        for (const kind of [plan, 'all']) {
          const count = (passed.get(`${worker} ${kind}`) ?? 0) + 1;
          passed.set(`${worker} ${kind}`, count);
          worst[kind] = Math.max(worst[kind] ?? 0, count);
        }
      }
    }
    // Reached, so that no bound is wider than it must be.
    expect(worst).toMatchObject(PASSED_BY[name]);
  });
});

test('docs/operations.md has these bounds', () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8').replace(/ {2,}/g, ' ');
  for (const name of NAMES) {
    const cells = ['all', 'business', 'pro', 'free'].map((kind) => PASSED_BY[name][kind] ?? '');
    expect(page).toContain(`| ${name} | ${cells.join(' | ')} |`.replace(/ {2,}/g, ' '));
  }
});
