/** At the start of whoever serves or works: is the storage the one of the database? */
import { setTimeout } from 'node:timers/promises';
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { holdToStorage } from '../services/storage-mark.ts';
import type { Shutdown } from './shutdown.ts';

/** A start does not wait longer for a storage that is away. */
const PATIENCE_MS = 3_000;
const LOOK_AGAIN_MS = 5_000;

/**
 * Rejects where it is another's. Of one that is away nothing is known: the start goes on, and the process ends once the storage
 * answers and turns out to be another's.
 */
export async function demandOwnStorage(ctx: ServiceContext, shutdown: Shutdown): Promise<void> {
  const stopping = new AbortController();
  shutdown.add(async () => stopping.abort());
  const answered = lookUntilAnswered(ctx, stopping.signal);
  answered.catch(shutdown.fail);
  await Promise.race([answered, setTimeout(PATIENCE_MS, undefined, { ref: false })]);
}

async function lookUntilAnswered(ctx: ServiceContext, stopping: AbortSignal): Promise<void> {
  for (let tries = 0; !stopping.aborted; tries++) {
    try {
      await holdToStorage(ctx);
      return;
    } catch (error) {
      if (stopping.aborted) return;
      if (!isOutage(error)) throw error;
      if (tries === 0) ctx.log.warn({ err: error }, 'whether the storage is the right one cannot be asked yet');
    }
    await setTimeout(LOOK_AGAIN_MS, undefined, { signal: stopping }).catch(() => {});
  }
}
