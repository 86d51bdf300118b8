/** Database or storage are away: the caller may try again, and nothing is wrong with the request. */
import { setTimeout } from 'node:timers/promises';
import { isDiskFull } from '../domain/disk-full.ts';
import { StorageOutage } from '../ports/storage.ts';
import { isDatabaseLost } from '../store/database-lost.ts';

export type Outage = 'storage' | 'storage full' | 'database';

/** Undefined of an error that has another reason. */
export function outageOf(error: unknown): Outage | undefined {
  if (error instanceof StorageOutage) return isDiskFull(error.cause) ? 'storage full' : 'storage';
  return isDatabaseLost(error) ? 'database' : undefined;
}

export const isOutage = (error: unknown): boolean => outageOf(error) !== undefined;

/** Tries again while the storage is away, for at most `forMs` or until aborted. Only for work that is safe to repeat. */
export async function whileStorageReturns<T>(forMs: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + forMs;
  for (let delayMs = 250; ; delayMs = Math.min(delayMs * 2, 5_000)) {
    try {
      return await work();
    } catch (error) {
      const isOver = signal.aborted || performance.now() + delayMs > deadline;
      if (!(error instanceof StorageOutage) || isOver) throw error;
      await setTimeout(delayMs);
    }
  }
}
