/** A worker as it tells of itself, and how fast it is. */
import type { Precision } from './precision.ts';

/** `starting`: its model is not loaded yet. `draining`: it takes no more jobs. */
export type WorkerState = 'starting' | 'ready' | 'draining';

/** What does not change while it lives. */
export type WorkerIdentity = {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly model: string;
  readonly precision: Precision;
  readonly threads: number;
  /** Jobs that it takes at once. */
  readonly capacity: number;
};

export type WorkerActivity = {
  readonly state: WorkerState;
  readonly running: number;
  /** Ended by it since it started. */
  readonly jobsDone: number;
  /** Its own process and its children. */
  readonly memoryMib: number;
  /** See `msPerJob`; undefined before its first job. */
  readonly jobMs: number | undefined;
};

export type LiveWorker = WorkerIdentity & WorkerActivity & { readonly startedAt: Date };

/** Time that a worker had any job, and the jobs that it ended in it: the older, the less they count. */
export type Pace = { readonly busyMs: number; readonly jobs: number };

export const NO_PACE: Pace = { busyMs: 0, jobs: 0 };

/** Of so many last jobs it is about the mean: it follows a change of load within them. */
const REMEMBERED_JOBS = 32;

/** `busyMs`: since the end of the job before, or since this one was taken, whichever is later. */
export function addJob({ busyMs, jobs }: Pace, moreMs: number): Pace {
  const kept = 1 - 1 / REMEMBERED_JOBS;
  return { busyMs: busyMs * kept + moreMs, jobs: jobs * kept + 1 };
}

/**
 * Not how long one job takes, but how long after another one ends while there is work: with several at once that is less.
 * After a time of single jobs it is too long for what comes under load, and never too short.
 */
export const msPerJob = ({ busyMs, jobs }: Pace): number | undefined => (jobs > 0 ? busyMs / jobs : undefined);
