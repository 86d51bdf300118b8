/**
 * Accepts one removal: the upload is made durable first, then reservation, job and place in the queue are one
 * transaction. From then on the job ends once, whatever dies.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { RemuvrError } from '../domain/errors.ts';
import { encodeBase62, SECRET_BYTES } from '../domain/id.ts';
import { backgroundKey, uploadKey } from '../domain/job.ts';
import { findPlan } from '../domain/plan.ts';
import { quotaPeriod } from '../domain/quota.ts';
import type { RemovalOptions } from '../domain/removal-options.ts';
import { countWaitingJobs, findJob, insertJob, type StoredJob } from '../store/jobs.ts';
import { appendLedger, reserveRemoval } from '../store/usage.ts';
import type { Caller } from './authenticate-caller.ts';
import type { ServiceContext } from './context.ts';
import { deleteUploads } from './delete-uploads.ts';

export type Submission = {
  readonly ctx: ServiceContext;
  readonly caller: Caller;
  /** A local file, which the storage takes over. */
  readonly uploadPath: string;
  /** Another, where `options` name a picture for the background. */
  readonly backgroundPath?: string | undefined;
  readonly options: RemovalOptions;
  /** Of the database's clock: it decides the month. */
  readonly now: Date;
};

const QUEUE_RETRY_SECONDS = 5;

/** Throws `quota_exceeded` or `overloaded`; then nothing was reserved and nothing is kept. */
export async function submitRemoval(submission: Submission): Promise<StoredJob> {
  const { ctx, uploadPath, backgroundPath } = submission;
  await refuseFullQueue(ctx);
  const jobId = randomUUID();
  await ctx.storage.put(uploadKey(jobId), uploadPath);
  try {
    if (backgroundPath !== undefined) await ctx.storage.put(backgroundKey(jobId), backgroundPath);
    return await acceptJob(submission, jobId);
  } catch (error) {
    await discardUpload(ctx, submission.caller.accountId, jobId);
    throw error;
  }
}

async function refuseFullQueue(ctx: ServiceContext): Promise<void> {
  if ((await countWaitingJobs(ctx.database)) >= ctx.settings.maxQueue) {
    throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: QUEUE_RETRY_SECONDS });
  }
}

async function acceptJob({ ctx, caller, options, now }: Submission, jobId: string): Promise<StoredJob> {
  const period = quotaPeriod(now);
  const { accountId, plan } = caller;
  const { priority } = findPlan(ctx.plans, plan);
  const scopes = caller.isTest ? [] : caller.quotaScopes;
  return await ctx.database.transaction().execute(async (tx) => {
    if ((await reserveRemoval(tx, scopes, period.start)) === 'denied') {
      const retryAfterSeconds = Math.ceil((period.resetsAt.getTime() - now.getTime()) / 1000);
      throw new RemuvrError('quota_exceeded', undefined, { retryAfterSeconds });
    }
    const job = await insertJob(tx, {
      id: jobId,
      accountId,
      keyId: caller.keyId,
      plan,
      priority,
      options,
      isTest: caller.isTest,
      scopes: scopes.map((scope) => scope.id),
      period: period.start,
      resultName: encodeBase62(randomBytes(SECRET_BYTES)),
    });
    if (!caller.isTest) await appendLedger(tx, { accountId, jobId, period: period.start, entry: 'reserve' });
    await ctx.queue.enqueue(tx, { jobId, accountId, priority });
    return job;
  });
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
