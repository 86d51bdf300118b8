/** What a job was given goes together. */
import { backgroundKey, uploadKey } from '../domain/job.ts';
import type { ServiceContext } from './context.ts';

export async function deleteUploads({ storage }: Pick<ServiceContext, 'storage'>, jobId: string): Promise<void> {
  await Promise.all([storage.delete(backgroundKey(jobId)), storage.delete(uploadKey(jobId))]);
}
