/** Which job is next, what a full queue says, and what becomes of a job that kills its workers. */
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PLAN_NAMES, type PlanName } from '../../src/domain/plan.ts';
import { CYCLE_LENGTH, preferredPriority } from '../../src/domain/priority.ts';
import { DEFAULT_REMOVAL_OPTIONS } from '../../src/domain/removal-options.ts';
import { abandonDeadJobs } from '../../src/services/abandon-dead-jobs.ts';
import { auditLedger } from '../../src/services/audit-ledger.ts';
import type { Caller } from '../../src/services/authenticate-caller.ts';
import { claimNextJob, releaseJob } from '../../src/services/claim-job.ts';
import { describeUsage } from '../../src/services/describe-usage.ts';
import { submitRemoval } from '../../src/services/submit-removal.ts';
import { findJob } from '../../src/store/jobs.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { until } from '../helpers/server.ts';

let test_: TestContext;
beforeEach(async () => {
  test_ = await openTestContext({ maxQueue: 200 });
});
afterEach(async () => await test_.close());

async function submit(caller: Caller) {
  const { ctx } = test_;
  const uploadPath = await ctx.storage.temporaryPath();
  await writeFile(uploadPath, 'bytes');
  return await submitRemoval({ ctx, caller, uploadPath, options: DEFAULT_REMOVAL_OPTIONS, now: new Date() });
}

test('a job is claimed by one worker alone', async () => {
  const { ctx } = test_;
  const caller = await createCaller(ctx, { plan: 'pro' });
  const jobs = [await submit(caller), await submit(caller)];
  const claims = await Promise.all(Array.from({ length: 6 }, (_, turn) => claimNextJob(ctx, preferredPriority(turn))));
  expect(claims.flatMap((claim) => claim?.jobId ?? []).sort()).toEqual(jobs.map((job) => job.id).sort());
});

test('with every plan waiting each gets its share of 16 turns; alone, a plan gets them all', async () => {
  const { ctx } = test_;
  const planOf = new Map<string, PlanName>();
  for (const plan of PLAN_NAMES) {
    const caller = await createCaller(ctx, { plan, kind: plan === 'free' ? 'test' : 'live' });
    for (let i = 0; i < CYCLE_LENGTH; i++) planOf.set((await submit(caller)).id, plan);
  }
  const claimed: (PlanName | undefined)[] = [];
  for (let turn = 0; turn < PLAN_NAMES.length * CYCLE_LENGTH; turn++) {
    claimed.push(planOf.get((await claimNextJob(ctx, preferredPriority(turn)))?.jobId ?? ''));
  }
  const countIn = (from: number, plan: PlanName) =>
    claimed.slice(from, from + CYCLE_LENGTH).filter((p) => p === plan).length;
  expect(PLAN_NAMES.map((plan) => countIn(0, plan))).toEqual([1, 3, 4, 8]);
  expect(PLAN_NAMES.map((plan) => countIn(CYCLE_LENGTH, plan))).toEqual([1, 3, 4, 8]);
  // Nobody is passed over: what is left at the end is the lowest plan's.
  expect(new Set(claimed.slice(-8))).toEqual(new Set(['free']));
  expect(claimed).not.toContain(undefined);
});

test('a full queue is overloaded, reserves nothing and keeps no upload', async () => {
  await test_.close();
  test_ = await openTestContext({ maxQueue: 2 });
  const { ctx, folder } = test_;
  const caller = await createCaller(ctx, { plan: 'pro' });
  await submit(caller);
  await submit(caller);
  await expect(submit(caller)).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 5 });
  expect((await describeUsage({ ctx, caller, now: new Date() })).total).toBe(2);
  expect(await readdir(path.join(folder, 'objects', 'uploads'))).toHaveLength(2);
});

test('a job that every worker loses is failed and refunded, and its upload is deleted', async () => {
  const { ctx, folder } = test_;
  const caller = await createCaller(ctx, { plan: 'pro' });
  const job = await submit(caller);
  for (let lease = 0; lease < 3; lease++) {
    const claim = await until('the job can be claimed', async () => await claimNextJob(ctx, 1));
    expect(claim).toMatchObject({ jobId: job.id, lease });
    await releaseJob(ctx, claim);
  }
  const ended = await until('the job is abandoned', async () => {
    await abandonDeadJobs(ctx);
    const found = await findJob(ctx.database, caller.accountId, job.id);
    return found?.status === 'failed' && found;
  });
  expect(ended.errorCode).toBe('processing_failed');
  expect((await describeUsage({ ctx, caller, now: new Date() })).total).toBe(0);
  expect(await auditLedger({ ctx })).toEqual({ entries: 2, periods: [], jobs: [] });
  expect(await readdir(path.join(folder, 'objects', 'uploads'))).toEqual([]);
});
