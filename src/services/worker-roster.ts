/** Workers that live, wherever they are: each announces itself, and whoever asks is told of all. */
import type { LiveWorker, WorkerActivity, WorkerIdentity } from '../domain/worker.ts';
import { deleteWorker, listLiveWorkers, upsertWorker } from '../store/workers.ts';
import type { DatabaseContext } from './context.ts';

export { BEAT_MS } from '../store/workers.ts';

export async function announceWorker(ctx: DatabaseContext, worker: WorkerIdentity & WorkerActivity): Promise<void> {
  await upsertWorker(ctx.database, worker);
}

/** Of one that ends in good order; one that is killed is silent, which takes some seconds to tell. */
export async function withdrawWorker(ctx: DatabaseContext, { id }: Pick<WorkerIdentity, 'id'>): Promise<void> {
  await deleteWorker(ctx.database, id);
}

export async function listWorkers({ ctx }: { ctx: DatabaseContext }): Promise<LiveWorker[]> {
  return await listLiveWorkers(ctx.database);
}
