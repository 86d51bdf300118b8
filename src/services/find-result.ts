/** A result by the name in its link: there, expired, or never. */
import { type Job, resultFileName, resultKey } from '../domain/job.ts';
import type { StoredObject } from '../ports/storage.ts';
import { readClock } from '../store/database.ts';
import { findJobByResultName } from '../store/jobs.ts';
import type { ServiceContext } from './context.ts';

export type FoundResult =
  | {
      readonly kind: 'found';
      readonly job: Job;
      readonly remainingSeconds: number;
      readonly object: StoredObject;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

export async function findResult(input: { ctx: ServiceContext; fileName: string }): Promise<FoundResult> {
  const { ctx, fileName } = input;
  const [name = '', extension] = fileName.split('.', 2);
  const job = /^[0-9A-Za-z]{1,64}$/.test(name) ? await findJobByResultName(ctx.database, name) : undefined;
  const isNamed = job !== undefined && extension !== undefined && resultFileName(name, job.options.format) === fileName;
  if (!isNamed || job.status !== 'completed' || !job.expiresAt) return { kind: 'unknown' };
  // Written by the database's clock, and so compared with it: that of this machine may be wrong.
  const remainingMs = job.expiresAt.getTime() - (await readClock(ctx.database)).getTime();
  if (remainingMs <= 0) return { kind: 'expired' };
  const object = await ctx.storage.stat(resultKey(job));
  const remainingSeconds = Math.floor(remainingMs / 1000);
  return object ? { kind: 'found', job, remainingSeconds, object } : { kind: 'expired' };
}
