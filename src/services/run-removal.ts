/**
 * Runs one claimed job: the result is durable before the job is marked completed, and the job's end, its charge and
 * its leaving the queue are one short transaction. No transaction is open while the pipeline or the storage works.
 */
import { rm } from 'node:fs/promises';
import { ERROR_MESSAGES } from '../domain/errors.ts';
import { backgroundKey, MAX_ATTEMPTS, resultKey, thumbnailKey, uploadKey } from '../domain/job.ts';
import type { RetryReason } from '../domain/metrics.ts';
import type { OnStep, PipelineOrder, PipelineOutcome, PipelineRunner } from '../ports/pipeline-runner.ts';
import { StorageOutage } from '../ports/storage.ts';
import { type Whole, whileDatabaseReturns } from '../store/database.ts';
import { beginJobAttempt, endJob, type JobEnd, markObjectDeleted, type StoredJob } from '../store/jobs.ts';
import { JOB_ENDED, notify } from '../store/notifications.ts';
import type { QueuedJob } from '../store/queue.ts';
import { appendLedger, settleReservation } from '../store/usage.ts';
import { insertDelivery } from '../store/webhooks.ts';
import type { ServiceContext } from './context.ts';
import { deleteUploads } from './delete-uploads.ts';
import { createStepTeller } from './job-steps.ts';
import { whileStorageReturns } from './outage.ts';
import { readMegapixelsOf } from './read-megapixels.ts';
import { createStageTracer } from './trace-stages.ts';
import { noteReachedLevel } from './usage-alerts.ts';

/** How long a finished picture waits for a database or a storage that is away, before its lease is given up. */
const PATIENCE_MS = 60_000;

/** Perhaps of this worker alone, which may have been given another storage than the others. */
export class MissingUpload extends Error {
  override readonly name = 'MissingUpload';
}

type Run = {
  readonly ctx: ServiceContext;
  readonly runner: PipelineRunner;
  readonly claim: QueuedJob;
  /** Aborted when the worker stops: a child that is lost from then on was taken from its job, and did not die of it. */
  readonly signal: AbortSignal;
  /** Why, if it was begun before. */
  readonly retryReason?: RetryReason;
};

/** `released`: the worker stopped in the middle, and the job goes back into the queue. `dropped`: it had ended before. */
export type RemovalEnd = 'ended' | 'released' | 'dropped';

export async function runRemoval(run: Run): Promise<RemovalEnd> {
  const { traces } = run.ctx;
  const { jobId, traceparent } = run.claim;
  const attributes = { 'remuvr.job.id': jobId };
  const span = traces.begin('job', { kind: 'consumer', parent: traceparent, attributes });
  try {
    const end = await traces.within(span, () => runAttempt(run));
    span.end(end === 'released' ? end : undefined);
    return end;
  } catch (error) {
    span.end('worker_failed');
    throw error;
  }
}

async function runAttempt(run: Run): Promise<RemovalEnd> {
  const { ctx, claim, retryReason = 'lost' } = run;
  const { accountId, jobId } = claim;
  const job = await whileDatabaseReturns(PATIENCE_MS, () => beginJobAttempt(ctx.database, accountId, jobId));
  if (!job) {
    await dropEndedJob(ctx, jobId);
    return 'dropped';
  }
  traceWait(ctx, claim, job);
  // A worker that gave it back has taken its attempt back, too.
  if (job.attempt > 1) ctx.metrics.count('remuvr_job_retries_total', { reason: retryReason });
  const end = job.attempt > MAX_ATTEMPTS ? refuseAttempt(ctx, job) : await produceResult(run, job);
  if (end === 'released') return end;
  await finishJob(ctx, job, end);
  return 'ended';
}

/** Before the job's own span, so beside it; both times are of the database's clock. */
function traceWait({ traces }: ServiceContext, { traceparent }: QueuedJob, job: StoredJob): void {
  const { attempt, plan, createdAt, startedAt } = job;
  traces.note({ 'remuvr.plan': plan, 'remuvr.attempt': attempt });
  if (attempt > 1 || !startedAt) return;
  traces.record('queue', { parent: traceparent, startMs: createdAt.getTime(), endMs: startedAt.getTime() });
}

const FAILED: Extract<JobEnd, { kind: 'failed' }> = {
  kind: 'failed',
  code: 'processing_failed',
  message: ERROR_MESSAGES.processing_failed,
};

function refuseAttempt(ctx: ServiceContext, job: StoredJob): JobEnd {
  ctx.log.error({ jobId: job.id, attempts: job.attempt - 1 }, 'a job is given up: every worker that tried it was lost');
  return FAILED;
}

async function dropEndedJob(ctx: ServiceContext, jobId: string): Promise<void> {
  await ctx.database.transaction().execute((tx) => ctx.queue.remove(tx, jobId));
}

async function produceResult(run: Run, job: StoredJob): Promise<JobEnd | 'released'> {
  const { ctx } = run;
  const patiently = <T>(work: () => Promise<T>): Promise<T> => whileStorageReturns(PATIENCE_MS, run.signal, work);
  const upload = await patiently(() => ctx.storage.checkout(uploadKey(job.id)));
  if (!upload) {
    ctx.log.error({ jobId: job.id, attempt: job.attempt }, 'the upload of a job is missing in STORAGE_URL');
    if (job.attempt < MAX_ATTEMPTS) throw new MissingUpload();
    return FAILED;
  }
  const isBackedByPicture = job.options.edit.background?.kind === 'picture';
  const outputPath = await ctx.storage.temporaryPath();
  const thumbnailPath = await ctx.storage.temporaryPath();
  const startedAt = Date.now();
  let background: typeof upload | undefined;
  try {
    if (isBackedByPicture) background = await patiently(() => ctx.storage.checkout(backgroundKey(job.id)));
    const { maxPixels } = ctx.settings;
    const request = { ...job.options, isWatermarked: job.isTest, maxPixels };
    const [inputPath, backgroundPath] = [upload.path, background?.path];
    const megapixels = await readMegapixelsOf([inputPath, backgroundPath], maxPixels);
    const order = { inputPath, megapixels, backgroundPath, outputPath, thumbnailPath, request };
    const outcome = await runWhereThereIsRoom(run, order);
    if (outcome === 'released' || outcome.kind !== 'done') return outcome;
    await Promise.all([
      patiently(() => ctx.storage.put(resultKey(job), outputPath)),
      outcome.report.hasThumbnail && patiently(() => ctx.storage.put(thumbnailKey(job), thumbnailPath)),
    ]);
    const queueMs = Math.max(0, (job.startedAt?.getTime() ?? startedAt) - job.createdAt.getTime());
    return { kind: 'completed', report: { ...outcome.report, queueMs } };
  } finally {
    // What was stored is no longer there.
    const written = [outputPath, thumbnailPath].map((path) => rm(path, { force: true }));
    await Promise.all([upload.release(), background?.release(), ...written]);
  }
}

type Finished = Exclude<PipelineOutcome, { kind: 'crashed' | 'no_room' }>;

/**
 * A full disk is a storage that is away: not the picture's fault, and nothing that another try at once would mend. So the job
 * goes back, for a worker that has room.
 */
async function runWhereThereIsRoom(run: Run, order: PipelineOrder): Promise<Finished | 'released'> {
  const outcome = await runTwiceAtMost(run, order);
  if (outcome !== 'released' && outcome.kind === 'no_room') {
    run.ctx.log.warn({ jobId: run.claim.jobId }, 'there is no room on the disk for a result');
    throw new StorageOutage('The disk under DATA_DIR has no room for a result.');
  }
  return outcome;
}

/** A child can die of its neighbours, so its order is tried once more; a second death is the picture's. */
async function runTwiceAtMost(run: Run, order: PipelineOrder) {
  const { ctx, runner, signal } = run;
  const { jobId } = run.claim;
  const steps = createStepTeller(ctx, jobId);
  for (let attempt = 1; attempt <= 2; attempt++) {
    const outcome = await tracePipeline(ctx, (onStep) =>
      runner.run(order, (step) => {
        onStep(step);
        steps.begin(step);
      }),
    ).finally(steps.end);
    if (outcome.kind !== 'crashed') return outcome;
    if (signal.aborted) return 'released' as const;
    ctx.log.warn({ jobId, attempt, reason: outcome.reason }, 'a pipeline child was lost in the middle of a job');
  }
  return FAILED;
}

async function tracePipeline(
  { traces }: ServiceContext,
  work: (onStep: OnStep) => Promise<PipelineOutcome>,
): Promise<PipelineOutcome> {
  return await traces.step('pipeline', {}, async () => {
    const stages = createStageTracer(traces);
    const outcome = await work(stages.onStep);
    stages.end(outcome);
    return outcome;
  });
}

async function finishJob(ctx: ServiceContext, job: Pick<StoredJob, 'id' | 'accountId'>, end: JobEnd): Promise<void> {
  // Safe to repeat: a job that has ended is not ended again.
  const settle = () => whileDatabaseReturns(PATIENCE_MS, () => settleJob(ctx, job, end));
  const ended = await ctx.traces.step('settle', {}, settle);
  if (!ended) {
    // Another worker has ended it while this one hung: the result was written again, perhaps after it was deleted.
    await markObjectDeleted(ctx.database, job, 'result', false);
    return;
  }
  ctx.traces.note({ 'remuvr.job.status': ended.status });
  ctx.log.info({ jobId: job.id, status: ended.status, code: ended.errorCode ?? undefined }, 'job ended');
  measureEnd(ctx, ended);
  await deleteUploads(ctx, job.id);
  await markObjectDeleted(ctx.database, job, 'upload');
}

/** Once the end is committed. */
export function measureEnd({ metrics }: ServiceContext, { plan, status, report, errorCode }: StoredJob): void {
  metrics.count('remuvr_jobs_total', { plan, status });
  if (errorCode) metrics.count('remuvr_job_failures_total', { code: errorCode });
  if (!report) return;
  const stages = { queue: report.queueMs, ...report.timings };
  for (const [stage, ms] of Object.entries(stages)) metrics.observe('remuvr_stage_seconds', { stage }, ms / 1000);
  metrics.count('remuvr_megapixels_total', {}, (report.width * report.height) / 1e6);
}

async function settleJob(
  ctx: ServiceContext,
  job: Pick<StoredJob, 'id' | 'accountId'>,
  end: JobEnd,
): Promise<StoredJob | undefined> {
  return await ctx.database.transaction().execute((tx) => settleJobIn(tx, ctx, job, end));
}

/** Ends the job with its charge and its place in the queue. Undefined where it had ended already. */
export async function settleJobIn(
  tx: Whole,
  ctx: ServiceContext,
  job: Pick<StoredJob, 'id' | 'accountId'>,
  end: JobEnd,
): Promise<StoredJob | undefined> {
  const ended = await endJob(tx, job, end, ctx.settings.resultTtlSeconds);
  await ctx.queue.remove(tx, job.id);
  if (!ended) return undefined;
  if (!ended.isTest) {
    const { id: jobId, accountId, period } = ended;
    const entry = ended.status === 'completed' ? 'charge' : 'release';
    await settleReservation(tx, ended.scopes, period, entry);
    await appendLedger(tx, { accountId, jobId, period, entry });
    if (entry === 'charge') await noteReachedLevel({ ctx, tx, accountId, period });
  }
  if (ended.webhookUrl !== null) {
    const event = ended.status === 'completed' ? 'job.completed' : 'job.failed';
    await insertDelivery(tx, { accountId: ended.accountId, event, url: ended.webhookUrl, jobId: ended.id });
  }
  await notify(tx, JOB_ENDED, job.id);
  return ended;
}
