/** A job as it goes on: its place in the queue, the steps of its pipeline, its end. */
import type { PipelineStep } from '../domain/removal-options.ts';
import { findJob, type StoredJob } from '../store/jobs.ts';
import { JOB_ENDED, JOB_STEP } from '../store/notifications.ts';
import type { ServiceContext } from './context.ts';
import { findPlace, type Place, type ReadPace, readPace } from './find-place.ts';
import { parseStep } from './job-steps.ts';
import { createWakeUp } from './wake-up.ts';

/** Of what matters we are told; a notification can be lost with its connection, or a job of a higher plan come before. */
const LOOK_AGAIN_MS = 2_000;
/** Every job that is begun moves those that wait, and they all ask the database for their place. */
const PLACES_MS = 300;

/** `place`: of a job that waits for a worker. `step`: of one that a worker is at, once it is known. */
export type JobState = {
  readonly job: StoredJob;
  readonly place: Place | undefined;
  readonly step: PipelineStep | undefined;
};

type Watch = {
  readonly ctx: ServiceContext;
  readonly accountId: string;
  readonly jobId: string;
  readonly signal: AbortSignal;
};

/** Each state that differs from the one before. Ends with the job, with the signal, and at once where there is no such job. */
export async function* watchJob(watch: Watch): AsyncGenerator<JobState> {
  const { signal } = watch;
  const wakeUp = createWakeUp(signal);
  const unsubscribe = listen(watch, wakeUp.ring);
  let shown = '';
  try {
    while (!signal.aborted) {
      const state = await findState(watch);
      if (!state) return;
      const { job, place, step } = state;
      const text = `${job.status} ${place === undefined} ${place?.position} ${place?.estimatedWaitSeconds} ${step}`;
      if (text !== shown) yield state;
      if (job.status !== 'processing') return;
      shown = text;
      await wakeUp.wait(LOOK_AGAIN_MS);
    }
  } finally {
    unsubscribe();
    wakeUp.close();
  }
}

/** How fast the workers are is the same for all who watch: asked once for so long, however many they are. */
const PACE_MS = 1_000;
const paces = new WeakMap<ServiceContext['database'], { readonly atMs: number; readonly pace: ReturnType<ReadPace> }>();

function sharePace({ database }: ServiceContext): ReadPace {
  return () => {
    const known = paces.get(database);
    if (known && performance.now() - known.atMs < PACE_MS) return known.pace;
    const pace = readPace({ database });
    paces.set(database, { atMs: performance.now(), pace });
    pace.catch(() => paces.delete(database));
    return pace;
  };
}

async function findState({ ctx, accountId, jobId }: Watch): Promise<JobState | undefined> {
  const job = await findJob(ctx.database, accountId, jobId);
  if (!job) return undefined;
  const place = await findPlace({ ctx, job, pace: sharePace(ctx) });
  const hasWorker = job.status === 'processing' && place === undefined;
  return { job, place, step: hasWorker ? ctx.steps.stepOf(jobId) : undefined };
}

/** Rings at once for the job itself, and in a moment where another has left the queue. Returns the unsubscription. */
function listen({ ctx, jobId }: Watch, ring: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const ringSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      ring();
    }, PLACES_MS);
  };
  const ofEnds = ctx.notifications.subscribe(JOB_ENDED, (endedId) => {
    if (endedId === undefined || endedId === jobId) ring();
  });
  const ofSteps = ctx.notifications.subscribe(JOB_STEP, (payload) => {
    const told = parseStep(payload);
    if (told?.jobId === jobId) ring();
    else if (told && ctx.steps.stepOf(jobId) === undefined) ringSoon();
  });
  return () => {
    ofEnds();
    ofSteps();
    clearTimeout(timer);
  };
}
