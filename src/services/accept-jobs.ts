/** Reservation, jobs and places in the queue, in the transaction of whoever accepts them: all of them or none. */
import { randomBytes } from 'node:crypto';
import { RemuvrError } from '../domain/errors.ts';
import { encodeBase62, SECRET_BYTES } from '../domain/id.ts';
import { findPlan } from '../domain/plan.ts';
import { quotaPeriod } from '../domain/quota.ts';
import type { RemovalOptions } from '../domain/removal-options.ts';
import type { Whole } from '../store/database.ts';
import { insertJob, type StoredJob } from '../store/jobs.ts';
import { appendLedger, reserveRemovals } from '../store/usage.ts';
import { countWaitingJobs } from '../store/waiting-jobs.ts';
import type { Caller } from './authenticate-caller.ts';
import type { ServiceContext } from './context.ts';
import { estimateOwnStarts, estimateStarts } from './find-place.ts';

/** Where nothing is known of how long it will be. */
const QUEUE_RETRY_SECONDS = 5;

/** Clients give up over a longer wait, and a queue may be shorter by then than it was. */
const LONGEST_RETRY_SECONDS = 60;

/** Throws `overloaded` where so many more would not fit, into the queue or into the account's part of it. */
export async function refuseFullQueue(ctx: ServiceContext, { accountId }: Caller, count: number): Promise<void> {
  const { maxQueue, maxAccountQueue } = ctx.settings;
  const waiting = await countWaitingJobs(ctx.database, accountId);
  const isFull = waiting.all + count > maxQueue;
  if (!isFull && waiting.own + count <= maxAccountQueue) return;
  const sentence = isFull
    ? undefined
    : `${waiting.own} jobs of this account wait already; at most ${maxAccountQueue} may.`;
  const estimate = isFull
    ? await estimateStarts(ctx, waiting.all + count - maxQueue)
    : await estimateOwnStarts(ctx, accountId, waiting.own + count - maxAccountQueue);
  const retryAfterSeconds = Math.min(estimate ?? QUEUE_RETRY_SECONDS, LONGEST_RETRY_SECONDS);
  throw new RemuvrError('overloaded', sentence, { retryAfterSeconds });
}

export type Acceptance = {
  readonly ctx: ServiceContext;
  readonly caller: Caller;
  readonly options: RemovalOptions;
  /** Who is told when each of them has ended; judged by the caller. */
  readonly webhookUrl?: string | undefined;
  /** Of the database's clock: it decides the month. */
  readonly now: Date;
};

/** Throws `quota_exceeded` where the quota has not room for every one. */
export async function acceptJobs(
  tx: Whole,
  { ctx, caller, options, webhookUrl, now }: Acceptance,
  jobIds: readonly string[],
): Promise<StoredJob[]> {
  const period = quotaPeriod(now);
  const { accountId, keyId, plan, isTest } = caller;
  const { priority } = findPlan(ctx.plans, plan);
  const scopes = isTest ? [] : caller.quotaScopes;
  if ((await reserveRemovals(tx, scopes, period.start, jobIds.length)) === 'denied') {
    ctx.metrics.count('remuvr_quota_denials_total', { plan });
    const retryAfterSeconds = Math.ceil((period.resetsAt.getTime() - now.getTime()) / 1000);
    const several = `The quota of this month has no room for all ${jobIds.length} pictures. None was taken.`;
    throw new RemuvrError('quota_exceeded', jobIds.length > 1 ? several : undefined, { retryAfterSeconds });
  }
  const jobs: StoredJob[] = [];
  for (const id of jobIds) {
    const job = await insertJob(tx, {
      id,
      accountId,
      keyId,
      plan,
      priority,
      options,
      isTest,
      scopes: scopes.map((scope) => scope.id),
      period: period.start,
      resultName: encodeBase62(randomBytes(SECRET_BYTES)),
      webhookUrl: webhookUrl ?? null,
    });
    if (!isTest) await appendLedger(tx, { accountId, jobId: id, period: period.start, entry: 'reserve' });
    await ctx.queue.enqueue(tx, { jobId: id, accountId, priority, traceparent: ctx.traces.current() });
    jobs.push(job);
  }
  return jobs;
}
