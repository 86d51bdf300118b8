/** A job whose worker was lost waits again: it has its place in the queue, until another worker has claimed it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPrometheus } from '../../src/adapters/prometheus.ts';
import type { PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { claimNextJob } from '../../src/services/claim-job.ts';
import { findPlace } from '../../src/services/find-place.ts';
import { watchJob } from '../../src/services/watch-job.ts';
import { beginJobAttempt, findJob } from '../../src/store/jobs.ts';
import { startWorkerLoop } from '../../src/worker/loop.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { until } from '../helpers/server.ts';
import { submitBytes } from '../helpers/submit-bytes.ts';

let opened: TestContext;
beforeEach(async () => {
  opened = await openTestContext();
});
afterEach(async () => await opened.close());

/** As its worker leaves it: claimed and begun, and the lease is renewed by nobody. */
async function loseJob() {
  const { ctx } = opened;
  const caller = await createCaller(ctx, { plan: 'pro' });
  const { id, accountId } = await submitBytes(ctx, caller);
  expect((await claimNextJob(ctx, 0))?.jobId).toBe(id);
  await beginJobAttempt(ctx.database, accountId, id);
  const place = async () => {
    const job = await findJob(ctx.database, accountId, id);
    return job && (await findPlace({ ctx, job }));
  };
  return { ctx, caller, id, accountId, place };
}

test('has none while its lease lasts, then has its place again, before those that came after it', async () => {
  const { ctx, caller, place } = await loseJob();
  const later = await submitBytes(ctx, caller);
  expect(await place()).toBeUndefined();
  expect(await findPlace({ ctx, job: later })).toMatchObject({ position: 1 });
  expect(await until('it waits again', place)).toMatchObject({ position: 1 });
  expect(await findPlace({ ctx, job: later })).toMatchObject({ position: 2 });
  await claimNextJob(ctx, 0);
  expect(await place()).toBeUndefined();
  expect(await findPlace({ ctx, job: later })).toMatchObject({ position: 1 });
});

test('is told as waiting to whoever watches it, and no longer as at the step of the lost worker', async () => {
  const { ctx, id: jobId, accountId } = await loseJob();
  const seen: (number | undefined)[] = [];
  for await (const { place } of watchJob({ ctx, accountId, jobId, signal: AbortSignal.timeout(30_000) })) {
    seen.push(place?.position);
    if (place) break;
  }
  expect(seen).toEqual([undefined, 1]);
});

const runner: PipelineRunner = {
  capacity: 1,
  ready: async () => {},
  close: async () => {},
  run: async () => ({ kind: 'failed', code: 'invalid_image', message: 'no picture' }),
};

test.each([
  ['lost', undefined],
  ['outage', Object.assign(new Error('the database is away'), { code: 'ECONNREFUSED' })],
  ['lost', new Error('another fault')],
])('is counted as %s by who takes its job over after %s', async (reason, fault) => {
  const metrics = createPrometheus();
  const faults = fault ? [fault] : [];
  const { queue } = opened.ctx;
  const claim: typeof queue.claim = async (priority) => {
    const next = faults.pop();
    if (next) throw next;
    return await queue.claim(priority);
  };
  const ctx = { ...opened.ctx, metrics, queue: { ...queue, claim } };
  const { id, accountId } = await submitBytes(ctx, await createCaller(ctx, { plan: 'pro' }));
  await beginJobAttempt(ctx.database, accountId, id);
  const loop = startWorkerLoop(ctx, runner);
  const text = await until('the job has ended', async () => {
    const { text } = await metrics.render();
    return text.includes('remuvr_job_failures_total{code="invalid_image"} 1') && text;
  });
  await loop.drain(0);
  expect(text).toContain(`remuvr_job_retries_total{reason="${reason}"} 1`);
});
