/**
 * How long a job that waits is likely to wait, from the queue and the workers as they are: no promise, for what comes later
 * on a higher plan may be begun before it, and pictures differ.
 */
import { type Cycle, preferredPriority } from './priority.ts';

/** Jobs that wait, by their priority. */
export type Waiting = ReadonlyMap<number, number>;

export type PlaceInQueue = {
  readonly waiting: Waiting;
  readonly priority: number;
  /** Of the same priority, and older. */
  readonly ahead: number;
};

/**
 * Jobs that are begun before this one, by walking the turns from their first. Workers are each at some turn of their own; from
 * the first on, a plan comes at about the middle of what it may have to wait.
 */
export function countStartsBefore(cycle: Cycle, { waiting, priority, ahead }: PlaceInQueue): number {
  // Of its own priority nothing counts that is younger than it.
  const left = new Map(waiting).set(priority, ahead + 1);
  const highestFirst = [...left.keys()].sort((a, b) => b - a);
  const isLeft = (candidate: number): boolean => (left.get(candidate) ?? 0) > 0;
  for (let turn = 0; ; turn++) {
    const preferred = preferredPriority(cycle, turn);
    const next = isLeft(preferred) ? preferred : (highestFirst.find(isLeft) ?? priority);
    const count = (left.get(next) ?? 0) - 1;
    if (next === priority && count === 0) return turn;
    left.set(next, count);
  }
}

/** `jobMs` of each worker that takes jobs; one that has none yet counts as the mean of the others. Undefined: nothing is known. */
export function jobsPerSecond(jobMs: readonly (number | undefined)[]): number | undefined {
  const rates = jobMs.flatMap((ms) => (ms === undefined || ms <= 0 ? [] : [1000 / ms]));
  if (rates.length === 0) return undefined;
  return (rates.reduce((sum, rate) => sum + rate, 0) / rates.length) * jobMs.length;
}

/** Until `starts` jobs have been begun, one at the least. Whole seconds, rounded up. */
export function secondsUntil(starts: number, rate: number): number {
  return Math.max(1, Math.ceil(starts / rate));
}
