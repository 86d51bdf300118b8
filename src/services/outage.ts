/** Database or storage are away: the caller may try again, and nothing is wrong with the request. */
import { setTimeout } from 'node:timers/promises';
import { StorageOutage } from '../ports/storage.ts';
import { isDatabaseLost } from '../store/database-lost.ts';

export const isOutage = (error: unknown): boolean => error instanceof StorageOutage || isDatabaseLost(error);

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
