/** How long a job is likely to wait, from numbers alone. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_PLANS, PLANS } from '../../src/domain/plan.ts';
import { composeCycle } from '../../src/domain/priority.ts';
import { countStartsBefore, jobsPerSecond, secondsUntil } from '../../src/domain/queue-wait.ts';
import { addJob, msPerJob, NO_PACE } from '../../src/domain/worker.ts';

const CYCLE = composeCycle(DEFAULT_PLANS);
const [FREE, PRO, BUSINESS, ENTERPRISE] = [PLANS.free, PLANS.pro, PLANS.business, PLANS.enterprise].map(
  (plan) => plan.priority,
) as [number, number, number, number];

describe('the jobs that are begun before one that waits', () => {
  test('are those that are older, where its plan waits alone', () => {
    for (const priority of [FREE, PRO, BUSINESS, ENTERPRISE]) {
      expect(countStartsBefore(CYCLE, { waiting: new Map([[priority, 9]]), priority, ahead: 4 })).toBe(4);
    }
  });

  test('are none of the younger ones of its own plan', () => {
    const waiting = new Map([
      [ENTERPRISE, 100],
      [PRO, 100],
    ]);
    const first = countStartsBefore(CYCLE, { waiting, priority: PRO, ahead: 0 });
    expect(countStartsBefore(CYCLE, { waiting: new Map(waiting).set(PRO, 1), priority: PRO, ahead: 0 })).toBe(first);
  });

  test('with every plan waiting, are a round of the turns for each older job of the lowest plan', () => {
    const waiting = new Map([FREE, PRO, BUSINESS, ENTERPRISE].map((priority) => [priority, 1_000]));
    const first = countStartsBefore(CYCLE, { waiting, priority: FREE, ahead: 0 });
    expect(first).toBeLessThan(CYCLE.length);
    expect(countStartsBefore(CYCLE, { waiting, priority: FREE, ahead: 3 })).toBe(first + 3 * CYCLE.length);
    expect(countStartsBefore(CYCLE, { waiting, priority: ENTERPRISE, ahead: 3 })).toBeLessThan(8);
  });

  test('are no more than all others that wait, and of a plan that is no more all of the higher', () => {
    const waiting = new Map([
      [ENTERPRISE, 2],
      [FREE, 5],
      [-1, 1],
    ]);
    expect(countStartsBefore(CYCLE, { waiting, priority: FREE, ahead: 4 })).toBe(6);
    expect(countStartsBefore(CYCLE, { waiting, priority: -1, ahead: 0 })).toBe(7);
  });
});

describe('the speed of the workers', () => {
  test('is unknown where none has done a job, and where there is none', () => {
    expect(jobsPerSecond([])).toBeUndefined();
    expect(jobsPerSecond([undefined, undefined])).toBeUndefined();
  });

  test('is that of all together; one without a job yet counts as the mean of the others', () => {
    expect(jobsPerSecond([500, 250])).toBe(6);
    expect(jobsPerSecond([500, 250, undefined])).toBe(9);
  });

  test('becomes seconds, rounded up, and never none', () => {
    expect([secondsUntil(1, 10), secondsUntil(10, 4), secondsUntil(8, 4)]).toEqual([1, 3, 2]);
  });
});

describe('the pace of a worker', () => {
  const after = (busyMs: readonly number[]) => msPerJob(busyMs.reduce(addJob, NO_PACE));

  test('is unknown before its first job, and then that of its jobs', () => {
    expect(after([])).toBeUndefined();
    expect(after([400])).toBe(400);
    expect(after([300, 300, 300])).toBeCloseTo(300);
  });

  test('follows a change within as many jobs as it remembers, and forgets what was before', () => {
    const slow = new Array(200).fill(900);
    expect(after([...slow, ...new Array(32).fill(300)])).toBeLessThan(900 - 600 * 0.6);
    expect(after([...slow, ...new Array(200).fill(300)])).toBeCloseTo(300, -1);
  });
});
