/** A batch of the account as it is now. */
import type { BatchItem } from '../domain/batch.ts';
import { RemuvrError } from '../domain/errors.ts';
import { isUuid } from '../domain/id.ts';
import type { Job } from '../domain/job.ts';
import { findBatch, listBatchItems, type StoredBatch } from '../store/batches.ts';
import type { DatabaseContext } from './context.ts';

/** `job`: undefined where the picture was refused as it came, or the job was deleted by its owner. */
export type FoundItem = { readonly item: BatchItem; readonly job: Job | undefined };
export type FoundBatch = { readonly batch: StoredBatch; readonly items: readonly FoundItem[] };

type Question = { readonly ctx: DatabaseContext; readonly accountId: string; readonly batchId: string };

/** Throws `not_found`, for another account's too. */
export async function demandBatch({ ctx, accountId, batchId }: Question): Promise<StoredBatch> {
  const batch = isUuid(batchId) ? await findBatch(ctx.database, accountId, batchId) : undefined;
  if (!batch) throw new RemuvrError('not_found', 'There is no such batch.');
  return batch;
}

export async function readBatch(question: Question): Promise<FoundBatch> {
  const batch = await demandBatch(question);
  return { batch, items: await listBatchItems(question.ctx.database, batch) };
}
