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
import { claimIdempotencyKey, findIdempotencyKey, type IdempotencyClaim } from '../store/idempotency-keys.ts';
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
  /** Where the same request, sent again, is to get the same job. */
  readonly idempotency?: Idempotency | undefined;
  /** Of the database's clock: it decides the month. */
  readonly now: Date;
};

export type Idempotency = Omit<IdempotencyClaim, 'accountId'>;

const QUEUE_RETRY_SECONDS = 5;

/**
 * Throws `quota_exceeded`, `overloaded` or `idempotency_conflict`; then nothing was reserved and nothing is kept. Of a
 * request that was sent before, the job of then; the files are not taken.
 */
export async function submitRemoval(submission: Submission): Promise<StoredJob> {
  const { ctx, uploadPath, backgroundPath } = submission;
  const first = await findFirstJob(submission);
  if (first) return first;
  await refuseFullQueue(ctx);
  const jobId = randomUUID();
  await ctx.storage.put(uploadKey(jobId), uploadPath);
  let job: StoredJob | undefined;
  try {
    if (backgroundPath !== undefined) await ctx.storage.put(backgroundKey(jobId), backgroundPath);
    job = await acceptJob(submission, jobId);
  } finally {
    if (!job) await discardUpload(ctx, submission.caller.accountId, jobId);
  }
  return job ?? (await demandFirstJob(submission));
}

/** The job that the key of this request began. */
async function findFirstJob({ ctx, caller, idempotency }: Submission): Promise<StoredJob | undefined> {
  const { accountId } = caller;
  const known = idempotency && (await findIdempotencyKey(ctx.database, { ...idempotency, accountId }));
  if (!known) return undefined;
  if (!known.fingerprint.equals(idempotency.fingerprint)) throw new RemuvrError('idempotency_conflict');
  const job = await findJob(ctx.database, accountId, known.jobId);
  if (!job) throw new RemuvrError('gone');
  return job;
}

/** Another request with the key was faster, by less than a transaction. */
async function demandFirstJob(submission: Submission): Promise<StoredJob> {
  const job = await findFirstJob(submission);
  if (!job) throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: 1 });
  return job;
}

async function refuseFullQueue(ctx: ServiceContext): Promise<void> {
  if ((await countWaitingJobs(ctx.database)) >= ctx.settings.maxQueue) {
    throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: QUEUE_RETRY_SECONDS });
  }
}

/** Undefined where another request has the key. */
async function acceptJob(
  { ctx, caller, options, idempotency, now }: Submission,
  jobId: string,
): Promise<StoredJob | undefined> {
  const period = quotaPeriod(now);
  const { accountId, plan } = caller;
  const { priority } = findPlan(ctx.plans, plan);
  const scopes = caller.isTest ? [] : caller.quotaScopes;
  return await ctx.database.transaction().execute(async (tx) => {
    if (idempotency && !(await claimIdempotencyKey(tx, { ...idempotency, accountId }, jobId))) return undefined;
    if ((await reserveRemoval(tx, scopes, period.start)) === 'denied') {
      ctx.metrics.count('remuvr_quota_denials_total', { plan });
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
