/** What the database tells of the processes around it, for whoever examines an installation. */
import type { ConnectionRoom } from '../domain/connection-room.ts';
import { readConnectionRoom } from '../store/connection-room.ts';
import { countUnendedJobs } from '../store/waiting-jobs.ts';
import { listLiveWorkers } from '../store/workers.ts';
import type { DatabaseContext } from './context.ts';

export async function findConnectionRoom({ database }: DatabaseContext): Promise<ConnectionRoom> {
  return await readConnectionRoom(database);
}

/** `ready`: workers that take jobs. `unended`: jobs that need one, or have one. */
export async function countHands({ database }: DatabaseContext): Promise<{ ready: number; unended: number }> {
  const workers = await listLiveWorkers(database);
  return {
    ready: workers.filter(({ state }) => state === 'ready').length,
    unended: await countUnendedJobs(database),
  };
}
