/** The place in the queue of a job that no worker has begun; undefined of any other. */
import { findQueuePosition, type StoredJob } from '../store/jobs.ts';
import type { ServiceContext } from './context.ts';

export async function findPosition(input: { ctx: ServiceContext; job: StoredJob }): Promise<number | undefined> {
  const { ctx, job } = input;
  if (job.status !== 'processing' || job.startedAt) return undefined;
  return await findQueuePosition(ctx.database, job);
}
