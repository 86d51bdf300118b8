/**
 * Accepts one removal: the upload is made durable first, then reservation, job and place in the queue are one
 * transaction. From then on the job ends once, whatever dies.
 */
import { randomUUID } from 'node:crypto';
import { backgroundKey, uploadKey } from '../domain/job.ts';
import type { RemovalOptions } from '../domain/removal-options.ts';
import type { Whole } from '../store/database.ts';
import { claimIdempotencyKey } from '../store/idempotency-keys.ts';
import { findJob, type StoredJob } from '../store/jobs.ts';
import { acceptJobs, refuseFullQueue } from './accept-jobs.ts';
import type { Caller } from './authenticate-caller.ts';
import type { ServiceContext } from './context.ts';
import { deleteUploads } from './delete-uploads.ts';
import { demandFirst, findFirst, type Idempotency } from './first-request.ts';

export type Submission = {
  readonly ctx: ServiceContext;
  readonly caller: Caller;
  /** A local file, which the storage takes over. */
  readonly uploadPath: string;
  /** Another, where `options` name a picture for the background. */
  readonly backgroundPath?: string | undefined;
  readonly options: RemovalOptions;
  /** Who is told when the job has ended; judged by the caller. */
  readonly webhookUrl?: string | undefined;
  /** Where the same request, sent again, is to get the same job. */
  readonly idempotency?: Idempotency | undefined;
  /** Of the database's clock: it decides the month. */
  readonly now: Date;
};

/**
 * Throws `quota_exceeded`, `overloaded` or `idempotency_conflict`; then nothing was reserved and nothing is kept. Of a
 * request that was sent before, the job of then; the files are not taken.
 */
export async function submitRemoval(submission: Submission): Promise<StoredJob> {
  const { ctx, uploadPath, backgroundPath } = submission;
  const first = await findFirst(submission, findJob);
  if (first) return first;
  await refuseFullQueue(ctx, submission.caller, 1);
  const jobId = randomUUID();
  await ctx.storage.put(uploadKey(jobId), uploadPath);
  let job: StoredJob | undefined;
  try {
    if (backgroundPath !== undefined) await ctx.storage.put(backgroundKey(jobId), backgroundPath);
    job = await acceptJob(submission, jobId);
  } finally {
    if (!job) await discardUpload(ctx, submission.caller.accountId, jobId);
  }
  if (!job) return await demandFirst(submission, findJob);
  ctx.traces.note({ 'remuvr.job.id': job.id, 'remuvr.plan': job.plan });
  return job;
}

/** Undefined where another request has the key. */
async function acceptJob(submission: Submission, jobId: string): Promise<StoredJob | undefined> {
  const { ctx, caller, idempotency } = submission;
  const { accountId } = caller;
  const accept = async (tx: Whole): Promise<StoredJob | undefined> => {
    if (idempotency && !(await claimIdempotencyKey(tx, { ...idempotency, accountId }, jobId))) return undefined;
    const [job] = await acceptJobs(tx, submission, [jobId]);
    return job;
  };
  return await ctx.traces.step('accept', { kind: 'producer' }, () => ctx.database.transaction().execute(accept));
}

/**
 * A transaction that failed may still have been committed, if only its answer was lost: then the upload belongs to a
 * job. So the database is asked, and where it does not answer, the sweeper will ask it later.
 */
async function discardUpload(ctx: ServiceContext, accountId: string, jobId: string): Promise<void> {
  try {
    const job = await findJob(ctx.database, accountId, jobId);
    if (!job) await deleteUploads(ctx, jobId);
  } catch (error) {
    ctx.log.warn({ jobId, err: error }, 'an upload without a job is left to the sweeper');
  }
}
