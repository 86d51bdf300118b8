/** A result by the name in its link: there, expired, or never. */
import { type Job, resultFileName, resultKey } from '../domain/job.ts';
import type { StoredObject } from '../ports/storage.ts';
import { findJobByResultName } from '../store/jobs.ts';
import type { ServiceContext } from './context.ts';

export type FoundResult =
  | { readonly kind: 'found'; readonly job: Job; readonly expiresAt: Date; readonly object: StoredObject }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

export async function findResult(input: { ctx: ServiceContext; fileName: string; now: Date }): Promise<FoundResult> {
  const { ctx, fileName, now } = input;
  const [name = '', extension] = fileName.split('.', 2);
  const job = /^[0-9A-Za-z]{1,64}$/.test(name) ? await findJobByResultName(ctx.database, name) : undefined;
  const isNamed = job !== undefined && extension !== undefined && resultFileName(name, job.options.format) === fileName;
  if (!isNamed || job.status !== 'completed' || !job.expiresAt) return { kind: 'unknown' };
  if (job.expiresAt <= now) return { kind: 'expired' };
  const object = await ctx.storage.stat(resultKey(job));
  return object ? { kind: 'found', job, expiresAt: job.expiresAt, object } : { kind: 'expired' };
}
