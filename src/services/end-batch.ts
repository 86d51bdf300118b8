/** Cancels what of a batch no worker has begun, and deletes a batch. What is under way ends by itself. */
import { ERROR_MESSAGES } from '../domain/errors.ts';
import { hideBatch, lockWaitingJobs } from '../store/batches.ts';
import type { StoredJob } from '../store/jobs.ts';
import type { ServiceContext } from './context.ts';
import { demandBatch } from './find-batch.ts';
import { measureEnd, settleJobIn } from './run-removal.ts';

type Order = { readonly ctx: ServiceContext; readonly accountId: string; readonly batchId: string };

const CANCELLED = { kind: 'failed', code: 'cancelled', message: ERROR_MESSAGES.cancelled } as const;

/** `isDeleted`: nobody finds it, its jobs and its results from then on. The uploads of what was cancelled go with a sweep. */
export async function endBatch({ ctx, accountId, batchId }: Order, { isDeleted = false } = {}): Promise<void> {
  const batch = await demandBatch({ ctx, accountId, batchId });
  const cancelled = await ctx.database.transaction().execute(async (tx) => {
    const ended: (StoredJob | undefined)[] = [];
    for (const id of await lockWaitingJobs(tx, batch))
      ended.push(await settleJobIn(tx, ctx, { id, accountId }, CANCELLED));
    if (isDeleted) await hideBatch(tx, batch);
    return ended;
  });
  for (const job of cancelled) if (job) measureEnd(ctx, job);
}
