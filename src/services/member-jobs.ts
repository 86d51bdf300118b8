/** The jobs of an account, for its owner: a page of them, and the end of one. */
import type { Readable } from 'node:stream';
import { RemuvrError } from '../domain/errors.ts';
import { isUuid } from '../domain/id.ts';
import { type JobStatus, resultKey, thumbnailKey } from '../domain/job.ts';
import type { Account } from '../store/accounts.ts';
import { readClock } from '../store/database.ts';
import { hideJob, type ListedJob, listJobs } from '../store/job-list.ts';
import { findJob, markObjectDeleted } from '../store/jobs.ts';
import type { DatabaseContext, ServiceContext } from './context.ts';
import { parseCursor, writeCursor } from './cursor.ts';

export type JobsPage = {
  readonly jobs: readonly ListedJob[];
  readonly nextCursor: string | null;
  /** Of the database, which wrote the times of the jobs. */
  readonly now: Date;
};

/** `cursor`: of the page before. Throws `invalid_parameter` where it is none. */
export async function listMemberJobs(input: {
  ctx: DatabaseContext;
  account: Account;
  status: JobStatus | undefined;
  cursor: string | undefined;
  limit: number;
}): Promise<JobsPage> {
  const { ctx, account, status, cursor, limit } = input;
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  // One more than is shown tells whether there is another page.
  const found = await listJobs(ctx.database, account.id, { status, after, limit: limit + 1 });
  const last = found.length > limit ? found[limit - 1] : undefined;
  return {
    jobs: found.slice(0, limit).map(({ job }) => job),
    nextCursor: last ? writeCursor(last.cursor) : null,
    now: await readClock(ctx.database),
  };
}

/** Nobody finds it from now on, and its result is gone; what it cost stays counted. A job under way ends all the same. */
export async function deleteMemberJob(input: { ctx: ServiceContext; account: Account; jobId: string }): Promise<void> {
  const { ctx, account, jobId } = input;
  const job = isUuid(jobId) ? await hideJob(ctx.database, account.id, jobId) : undefined;
  if (!job) throw new RemuvrError('not_found', 'There is no such job.');
  if (job.status === 'processing') return;
  // Where this fails, the sweeper does it.
  await ctx.storage.delete(thumbnailKey(job));
  await ctx.storage.delete(resultKey(job));
  await markObjectDeleted(ctx.database, job, 'result');
}

/** Undefined where there is no such job, its result has expired, or it has none. `secondsLeft`: until it expires. */
export async function readThumbnail(input: {
  ctx: ServiceContext;
  account: Account;
  jobId: string;
}): Promise<{ bytes: Readable; secondsLeft: number } | undefined> {
  const { ctx, account, jobId } = input;
  const job = isUuid(jobId) ? await findJob(ctx.database, account.id, jobId) : undefined;
  if (!job?.expiresAt || !job.report?.hasThumbnail) return undefined;
  const now = await readClock(ctx.database);
  if (job.expiresAt <= now) return undefined;
  const bytes = await ctx.storage.read(thumbnailKey(job));
  return bytes && { bytes, secondsLeft: Math.floor((job.expiresAt.getTime() - now.getTime()) / 1000) };
}
