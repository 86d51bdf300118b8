/** At the start of whoever serves or works: is the storage the one of the database? */
import { setTimeout } from 'node:timers/promises';
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { holdToStorage, keepStorageMark } from '../services/storage-mark.ts';
import type { Shutdown } from './shutdown.ts';

/** A start does not wait longer for a storage that is away. */
const PATIENCE_MS = 3_000;
const LOOK_AGAIN_MS = 5_000;
/** A rule of the bucket, or a hand, may delete the mark while all runs; then the next start would be refused. */
const KEEP_MS = 600_000;

/**
 * Rejects where it is another's. Of one that is away nothing is known: the start goes on, and the process ends once the storage
 * answers and turns out to be another's.
 */
export async function demandOwnStorage(ctx: ServiceContext, shutdown: Shutdown): Promise<void> {
  const stopping = new AbortController();
  shutdown.add(async () => stopping.abort());
  const answered = lookUntilAnswered(ctx, stopping.signal);
  answered.then(() => keepMarked(ctx, stopping.signal), shutdown.fail);
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

async function keepMarked(ctx: ServiceContext, stopping: AbortSignal): Promise<void> {
  while (true) {
    await setTimeout(KEEP_MS, undefined, { signal: stopping, ref: false }).catch(() => {});
    if (stopping.aborted) return;
    try {
      const wasGone = await keepStorageMark(ctx);
      if (wasGone) ctx.log.warn({}, 'the mark of the storage was deleted, and is written again');
    } catch (error) {
      if (!isOutage(error)) ctx.log.error({ err: error }, 'the mark of the storage cannot be kept');
    }
  }
}
