/**
 * Accepts a batch: every picture is made durable first, then reservation, jobs, places in the queue and the batch itself are
 * one transaction. Whatever dies before it leaves nothing that is charged or found; after it every job ends once.
 */
import { randomUUID } from 'node:crypto';
import { link } from 'node:fs/promises';
import type { BatchItem, ItemError } from '../domain/batch.ts';
import { backgroundKey, uploadKey } from '../domain/job.ts';
import { findBatch, insertBatch, type StoredBatch } from '../store/batches.ts';
import type { Whole } from '../store/database.ts';
import { claimIdempotencyKey } from '../store/idempotency-keys.ts';
import { type Acceptance, acceptJobs, refuseFullQueue } from './accept-jobs.ts';
import { deleteUploads } from './delete-uploads.ts';
import { demandFirst, findFirst, type Idempotency } from './first-request.ts';

/** One picture as it came: on the local disk, which the storage takes over, or refused. */
export type BatchPicture = { readonly name: string } & ({ readonly path: string } | { readonly error: ItemError });

export type BatchSubmission = Acceptance & {
  readonly pictures: readonly BatchPicture[];
  /** A local file for every picture, where `options` name one for the background. It stays. */
  readonly backgroundPath: string | undefined;
  readonly idempotency: Idempotency | undefined;
};

/**
 * Throws `quota_exceeded` where the quota has not room for all, `overloaded` or `idempotency_conflict`; then nothing was
 * reserved and nothing is kept. Of a request that was sent before, the batch of then.
 */
export async function submitBatch(submission: BatchSubmission): Promise<StoredBatch> {
  const { ctx, pictures } = submission;
  const first = await findFirst(submission, findBatch);
  if (first) return first;
  await refuseFullQueue(ctx, submission.caller, pictures.filter((picture) => 'path' in picture).length);
  const batch = { id: randomUUID(), accountId: submission.caller.accountId };
  const items: BatchItem[] = [];
  let accepted: StoredBatch | undefined;
  try {
    for (const picture of pictures) items.push(await keepPicture(submission, picture));
    accepted = await acceptBatch(submission, batch, items);
  } finally {
    if (!accepted) await discardUploads(submission, batch.id, items);
  }
  if (!accepted) return await demandFirst(submission, findBatch);
  ctx.traces.note({ 'remuvr.batch.id': accepted.id });
  return accepted;
}

async function keepPicture({ ctx, backgroundPath }: BatchSubmission, picture: BatchPicture): Promise<BatchItem> {
  const { name } = picture;
  if ('error' in picture) return { name, jobId: null, error: picture.error };
  const jobId = randomUUID();
  await ctx.storage.put(uploadKey(jobId), picture.path);
  if (backgroundPath !== undefined) {
    const copy = await ctx.storage.temporaryPath();
    await link(backgroundPath, copy);
    await ctx.storage.put(backgroundKey(jobId), copy);
  }
  return { name, jobId, error: null };
}

/** Undefined where another request has the key. */
async function acceptBatch(
  submission: BatchSubmission,
  { id, accountId }: Pick<StoredBatch, 'id' | 'accountId'>,
  items: readonly BatchItem[],
): Promise<StoredBatch | undefined> {
  const { ctx, idempotency } = submission;
  const jobIds = items.map(({ jobId }) => jobId).filter((jobId) => jobId !== null);
  const accept = async (tx: Whole): Promise<StoredBatch | undefined> => {
    if (idempotency && !(await claimIdempotencyKey(tx, { ...idempotency, accountId }, id))) return undefined;
    await acceptJobs(tx, submission, jobIds);
    await insertBatch(tx, { id, accountId }, items);
    return await findBatch(tx, accountId, id);
  };
  return await ctx.traces.step('accept', { kind: 'producer' }, () => ctx.database.transaction().execute(accept));
}

/** A transaction whose answer was lost may have been committed; where the database does not answer, the sweeper asks later. */
async function discardUploads(
  { ctx, caller }: BatchSubmission,
  batchId: string,
  items: readonly BatchItem[],
): Promise<void> {
  try {
    if (await findBatch(ctx.database, caller.accountId, batchId)) return;
    for (const { jobId } of items) if (jobId !== null) await deleteUploads(ctx, jobId);
  } catch (error) {
    ctx.log.warn({ batchId, err: error }, 'uploads without a job are left to the sweeper');
  }
}
