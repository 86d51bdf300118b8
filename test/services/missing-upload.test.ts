/** A worker that does not find an upload: perhaps it has another storage than the server that took it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPrometheus } from '../../src/adapters/prometheus.ts';
import { uploadKey } from '../../src/domain/job.ts';
import type { PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { auditLedger } from '../../src/services/audit-ledger.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { describeUsage } from '../../src/services/describe-usage.ts';
import { countQueueByPlan } from '../../src/store/admin.ts';
import { findJob } from '../../src/store/jobs.ts';
import { startWorkerLoop, type WorkerLoop } from '../../src/worker/loop.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { until } from '../helpers/server.ts';
import { submitBytes } from '../helpers/submit-bytes.ts';

let opened: TestContext;
const loops: WorkerLoop[] = [];
beforeEach(async () => {
  opened = await openTestContext();
});
afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.drain(0)));
  await opened.close();
});

/** No order comes to it. */
const runner: PipelineRunner = {
  capacity: 1,
  ready: async () => {},
  close: async () => {},
  run: () => Promise.reject(new Error('an order came without an upload')),
};

async function submitWithoutUpload() {
  const ctx = { ...opened.ctx, metrics: createPrometheus() };
  const caller = await createCaller(ctx, { plan: 'pro' });
  const job = await submitBytes(ctx, caller);
  await ctx.storage.delete(uploadKey(job.id));
  return { ctx, caller, job };
}

const read = async ({ metrics }: Pick<ServiceContext, 'metrics'>): Promise<string> => (await metrics.render()).text;

test('passes the job on to the others, and takes no other for a while', async () => {
  const { ctx, caller, job } = await submitWithoutUpload();
  loops.push(startWorkerLoop(ctx, runner));
  await until('the job is given back', async () => {
    const [length] = await countQueueByPlan(ctx.database);
    const attempt = (await findJob(ctx.database, caller.accountId, job.id))?.attempt;
    return attempt === 1 && length?.queued === 1 && length.running === 0;
  });
  expect((await findJob(ctx.database, caller.accountId, job.id))?.status).toBe('processing');
  await until('it is counted', async () => (await read(ctx)).includes('put_back_total{reason="missing_upload"} 1'));
});

test('of three workers in a row ends the job, which is refunded', async () => {
  const { ctx, caller, job } = await submitWithoutUpload();
  for (const attempt of [1, 2, 3]) {
    loops.push(startWorkerLoop(ctx, runner));
    await until('it has been tried once more', async () => {
      const found = await findJob(ctx.database, caller.accountId, job.id);
      return found?.attempt === attempt && (found.status === 'failed') === (attempt === 3);
    });
  }
  expect(await read(ctx)).toContain('remuvr_job_retries_total{reason="missing_upload"} 2');
  expect(await read(ctx)).toContain('remuvr_job_retries_total{reason="lost"} 0');
  expect(await read(ctx)).toContain('remuvr_job_failures_total{code="processing_failed"} 1');
  expect((await describeUsage({ ctx, caller, now: new Date() })).total).toBe(0);
  expect(await auditLedger({ ctx })).toEqual({ entries: 2, chains: [], periods: [], jobs: [] });
});
