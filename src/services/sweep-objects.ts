/** Removes what nobody may need any more: expired results, uploads of ended jobs, uploads that never became a job. */
import { jobIdOfUpload, resultKey, thumbnailKey } from '../domain/job.ts';
import { readClock } from '../store/database.ts';
import { filterUnendedJobs, listJobsWithDeadResult, listJobsWithUpload, markObjectDeleted } from '../store/jobs.ts';
import type { ServiceContext } from './context.ts';
import { deleteUploads } from './delete-uploads.ts';

const BATCH = 500;
/** An upload without a job is younger than this while its request is still being accepted. */
const ORPHAN_AGE_MS = 3600_000;

type Stores = Pick<ServiceContext, 'database' | 'storage'>;

/** Results that have expired or belong to a failed job, and uploads of ended jobs. Returns how many were deleted. */
export async function sweepEndedJobs(ctx: Stores): Promise<number> {
  const expired = await listJobsWithDeadResult(ctx.database, BATCH);
  for (const job of expired) {
    await ctx.storage.delete(thumbnailKey(job));
    await ctx.storage.delete(resultKey(job));
    await markObjectDeleted(ctx.database, job, 'result');
  }
  const ended = await listJobsWithUpload(ctx.database, BATCH);
  for (const job of ended) {
    await deleteUploads(ctx, job.id);
    await markObjectDeleted(ctx.database, job, 'upload');
  }
  return expired.length + ended.length;
}

/** Uploads whose request died between the file and the job. By the database's clock: that of a machine may be wrong. */
export async function sweepOrphanUploads(ctx: Stores, at?: Date): Promise<number> {
  const now = at ?? (await readClock(ctx.database));
  let count = 0;
  let old: string[] = [];
  const flush = async (): Promise<void> => {
    const alive = await filterUnendedJobs(ctx.database, old);
    for (const id of new Set(old.filter((id) => !alive.has(id)))) {
      await deleteUploads(ctx, id);
      count++;
    }
    old = [];
  };
  for await (const { key, modifiedAt } of ctx.storage.list('uploads')) {
    if (now.getTime() - modifiedAt.getTime() > ORPHAN_AGE_MS) old.push(jobIdOfUpload(key));
    if (old.length >= BATCH) await flush();
  }
  await flush();
  return count;
}
