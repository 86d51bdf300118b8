/** How far a job has come that a worker is at: told by NOTIFY, and kept in memory alone, for it is old in a moment. */
import { PIPELINE_STEPS, type PipelineStep } from '../domain/removal-options.ts';
import type { Database } from '../store/database.ts';
import { JOB_ENDED, JOB_STEP, type Notifications, notify } from '../store/notifications.ts';

/** Each telling is a commit, flushed to the disk; of most pictures only the inference takes longer. */
const SHORT_STEP_MS = 50;

export interface StepTeller {
  /** To be called at the beginning of each step. Nobody waits for it; where the database is away, nobody is told. */
  begin(step: PipelineStep): void;
  /** The pipeline has ended. */
  end(): void;
}

/** Tells of the steps that are not over at once. */
export function createStepTeller({ database }: { database: Database }, jobId: string): StepTeller {
  // One after the other, for they go by different connections.
  let underWay: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const tell = (step: PipelineStep): void => {
    underWay = underWay.then(() => notify(database, JOB_STEP, `${jobId} ${step}`)).catch(() => {});
  };
  const end = (): void => clearTimeout(timer);
  return {
    begin(step) {
      end();
      timer = setTimeout(() => tell(step), SHORT_STEP_MS);
    },
    end,
  };
}

/** Undefined where the payload is not of ours. */
export function parseStep(payload: string | undefined): { jobId: string; step: PipelineStep } | undefined {
  const [jobId = '', name] = payload?.split(' ') ?? [];
  const step = PIPELINE_STEPS.find((known) => known === name);
  return step && { jobId, step };
}

export interface StepBoard {
  /** The last that was told of the job. Undefined before its first, and of a job that has ended. */
  stepOf(jobId: string): PipelineStep | undefined;
}

/** Jobs whose end was never told would stay for ever: the oldest of so many go. */
const MOST_JOBS = 10_000;

/** For whoever begins to watch a job in the middle. Lives as long as `notifications`. */
export function openStepBoard(notifications: Notifications): StepBoard {
  const steps = new Map<string, PipelineStep>();
  notifications.subscribe(JOB_STEP, (payload) => {
    const told = parseStep(payload);
    if (!told) return;
    steps.delete(told.jobId);
    steps.set(told.jobId, told.step);
    const [oldest] = steps.keys();
    if (steps.size > MOST_JOBS && oldest !== undefined) steps.delete(oldest);
  });
  notifications.subscribe(JOB_ENDED, (jobId) => {
    if (jobId !== undefined) steps.delete(jobId);
  });
  return { stepOf: (jobId) => steps.get(jobId) };
}
