/**
 * The worker's loop: claims jobs by plan, runs as many as the runner takes, and renews their leases meanwhile.
 * Woken by NOTIFY; the poll is for what a lost connection swallowed.
 */
import type { PutBackReason, RetryReason } from '../domain/metrics.ts';
import { composeCycle, preferredPriority } from '../domain/priority.ts';
import { addJob, msPerJob, NO_PACE, type WorkerActivity } from '../domain/worker.ts';
import type { PipelineRunner } from '../ports/pipeline-runner.ts';
import { claimNextJob, LEASE_RENEWAL_MS, onJobQueued, putJobBack, renewLeases } from '../services/claim-job.ts';
import type { ServiceContext } from '../services/context.ts';
import { isOutage, outageOf } from '../services/outage.ts';
import { MissingUpload, runRemoval } from '../services/run-removal.ts';

type Claim = NonNullable<Awaited<ReturnType<typeof claimNextJob>>>;

export type LoopActivity = Omit<WorkerActivity, 'state' | 'memoryMib'> & { readonly isDraining: boolean };

export interface WorkerLoop {
  readActivity(): LoopActivity;
  /** Claims no more, waits for running jobs up to `graceMs`, and gives back what is left. */
  drain(graceMs: number): Promise<void>;
}

const POLL_MS = 1_000;

/**
 * After a job that storage or database were away from, or whose upload was not there: so a full disk is not worked for all the
 * time, and a worker with the wrong storage does not take the jobs from the others.
 */
const REST_MS = 10_000;

/**
 * After the database was away: whoever asks it each second has noticed, and leases that could not be renewed meanwhile run out
 * within 14 s of its return. Their workers live.
 */
const LEASES_RUN_OUT_MS = 30_000;

export function startWorkerLoop(ctx: ServiceContext, runner: PipelineRunner): WorkerLoop {
  const running = new Map<Claim, Promise<void>>();
  const draining = new AbortController();
  const giveUp = new AbortController();
  const cycle = composeCycle(ctx.plans);
  let turn = 0;
  let isClaiming = false;
  let hasRung = false;
  let jobsDone = 0;
  let pace = NO_PACE;
  /** When the latest job ended, or when the first after a pause was taken. */
  let markMs = 0;
  let restsUntilMs = 0;
  let databaseAwayMs = Number.NEGATIVE_INFINITY;

  const logFailure = (error: unknown, message: string): void => {
    if (outageOf(error) === 'database') databaseAwayMs = performance.now();
    if (isOutage(error)) ctx.log.warn({ err: error }, `${message}: database or storage are away`);
    else ctx.log.error({ err: error }, message);
  };

  const countJob = (): void => {
    const nowMs = performance.now();
    pace = addJob(pace, nowMs - markMs);
    markMs = nowMs;
    jobsDone++;
  };

  const giveBack = async (claim: Claim, reason: PutBackReason): Promise<void> => {
    await putJobBack(ctx, claim, reason);
    ctx.metrics.count('remuvr_jobs_put_back_total', { reason });
  };

  const findRetryReason = ({ putBack }: Claim): RetryReason =>
    putBack ?? (performance.now() - databaseAwayMs < LEASES_RUN_OUT_MS ? 'outage' : 'lost');

  const runClaim = async (claim: Claim): Promise<void> => {
    try {
      const end = await runRemoval({ ctx, runner, claim, signal: giveUp.signal, retryReason: findRetryReason(claim) });
      if (end === 'released') await giveBack(claim, 'stopping');
      if (end === 'ended') countJob();
    } catch (error) {
      logFailure(error, 'a job could not be finished and is given back');
      // What it took says nothing of the next one.
      markMs = performance.now();
      const reason = error instanceof MissingUpload ? 'missing_upload' : isOutage(error) ? 'outage' : 'error';
      if (reason !== 'error') restsUntilMs = markMs + REST_MS;
      await giveBack(claim, reason).catch((e: unknown) => logFailure(e, 'a job could not be given back'));
    }
  };

  /** Fills the free places of the runner. One at a time; a ring in the meantime makes it look once more. */
  const claimJobs = async (): Promise<void> => {
    hasRung = true;
    if (isClaiming || performance.now() < restsUntilMs) return;
    isClaiming = true;
    try {
      while (hasRung && running.size < runner.capacity && !draining.signal.aborted) {
        hasRung = false;
        const claim = await claimNextJob(ctx, preferredPriority(cycle, turn));
        if (!claim) continue;
        turn++;
        hasRung = true;
        if (running.size === 0) markMs = performance.now();
        running.set(
          claim,
          runClaim(claim).finally(() => {
            running.delete(claim);
            void claimJobs();
          }),
        );
      }
    } catch (error) {
      logFailure(error, 'no job could be claimed');
    } finally {
      isClaiming = false;
    }
  };

  const unsubscribe = onJobQueued(ctx, () => void claimJobs());
  const poll = setInterval(() => void claimJobs(), POLL_MS);
  const renewal = setInterval(() => {
    renewLeases(ctx, [...running.keys()]).catch((error: unknown) => logFailure(error, 'leases could not be renewed'));
  }, LEASE_RENEWAL_MS);
  void claimJobs();

  return {
    readActivity: () => ({
      isDraining: draining.signal.aborted,
      running: running.size,
      jobsDone,
      jobMs: msPerJob(pace),
    }),
    async drain(graceMs) {
      draining.abort();
      unsubscribe();
      clearInterval(poll);
      const allDone = Promise.allSettled(running.values());
      let timer: NodeJS.Timeout | undefined;
      const graceOver = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs);
      });
      await Promise.race([allDone, graceOver]);
      clearTimeout(timer);
      // From here on a lost child is not a failed job: what runs is given back.
      giveUp.abort();
      await runner.close(0);
      await allDone;
      clearInterval(renewal);
    },
  };
}
