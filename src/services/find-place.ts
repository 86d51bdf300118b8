/** Where a job stands that waits for a worker, and how long it is likely to. */
import { composeCycle } from '../domain/priority.ts';
import { countStartsBefore, jobsPerSecond, secondsUntil } from '../domain/queue-wait.ts';
import type { StoredJob } from '../store/jobs.ts';
import { countInLine, findOwnInLine, type InLine, isJobBackInQueue } from '../store/waiting-jobs.ts';
import { listLiveWorkers } from '../store/workers.ts';
import type { ServiceContext } from './context.ts';

export type Place = {
  /** 1 for the next in line, by plan and then by age. The turns of lower plans can move it by a few places. */
  readonly position: number;
  /** Undefined where no worker that lives has done a job. */
  readonly estimatedWaitSeconds: number | undefined;
};

type Asking = Pick<ServiceContext, 'database' | 'plans'>;

/** Jobs that those workers begin in a second who live; undefined where nothing is known. */
export type ReadPace = () => Promise<number | undefined>;

export async function readPace({ database }: Pick<Asking, 'database'>): Promise<number | undefined> {
  const workers = (await listLiveWorkers(database)).filter(({ state }) => state === 'ready');
  return jobsPerSecond(workers.map(({ jobMs }) => jobMs));
}

type Asked = { readonly ctx: Asking; readonly job: StoredJob; readonly pace?: ReadPace };

/** Undefined of a job that a worker is at, or that has ended. One whose worker was lost waits again. */
export async function findPlace({ ctx, job, pace }: Asked): Promise<Place | undefined> {
  if (job.status !== 'processing') return undefined;
  if (job.startedAt && !(await isJobBackInQueue(ctx.database, job.id))) return undefined;
  return await locate(ctx, job, pace);
}

async function locate(ctx: Asking, { priority, createdAt }: InLine, pace?: ReadPace): Promise<Place> {
  const { waiting, ahead } = await countInLine(ctx.database, { priority, createdAt });
  const higher = [...waiting].filter(([other]) => other > priority);
  const position = higher.reduce((sum, [, count]) => sum + count, ahead) + 1;
  const starts = countStartsBefore(composeCycle(ctx.plans), { waiting, priority, ahead }) + 1;
  return { position, estimatedWaitSeconds: await estimateStarts(ctx, starts, pace) };
}

/** Seconds until so many of the jobs that wait are begun; undefined where nothing is known. */
export async function estimateStarts(
  ctx: Pick<Asking, 'database'>,
  starts: number,
  pace: ReadPace = () => readPace(ctx),
): Promise<number | undefined> {
  const rate = await pace();
  return rate && secondsUntil(starts, rate);
}

/** The same, of jobs of one account. */
export async function estimateOwnStarts(ctx: Asking, accountId: string, starts: number): Promise<number | undefined> {
  const last = await findOwnInLine(ctx.database, accountId, starts);
  return last && (await locate(ctx, last)).estimatedWaitSeconds;
}
