/** Tries again after failures that may pass; an attempt that got further than any before starts the waits anew. */
import { setTimeout as delay } from 'node:timers/promises';
import { ModelFilesError } from './failure.ts';

export type RetryPlan = {
  /** Waits between attempts, so one attempt more than entries. */
  readonly delaysMs: readonly number[];
  /** A transfer without a byte for this long counts as broken. */
  readonly stallMs: number;
};

export async function retryWithBackoff<T>(
  attempt: () => Promise<T>,
  plan: { readonly delaysMs: readonly number[]; readonly signal: AbortSignal; measureProgress(): Promise<number> },
): Promise<T> {
  let furthest = await plan.measureProgress();
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      plan.signal.throwIfAborted();
      if (!(error instanceof ModelFilesError) || !error.isRetryable) throw error;
      const reached = await plan.measureProgress();
      if (reached > furthest) failures = 0;
      furthest = Math.max(furthest, reached);
      const waitMs = plan.delaysMs[failures];
      if (waitMs === undefined) throw error;
      await delay(waitMs, undefined, { signal: plan.signal });
    }
  }
}

/** What a stalled transfer is aborted with. */
export const createStallError = (): Error => Object.assign(new Error('No byte in time.'), { code: 'ETIMEDOUT' });

/** Calls `onStall` when the source gives nothing for `stallMs`, the time to the first byte included. */
export async function* watchForStall(
  source: AsyncIterable<Uint8Array>,
  stallMs: number,
  onStall: () => void,
): AsyncGenerator<Uint8Array> {
  let timer = setTimeout(onStall, stallMs);
  try {
    for await (const chunk of source) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(onStall, stallMs);
    }
  } finally {
    clearTimeout(timer);
  }
}
