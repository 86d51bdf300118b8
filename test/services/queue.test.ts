/** Which job is next, what a full queue says, and what becomes of a job that kills its workers. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_PLANS, type PlanName } from '../../src/domain/plan.ts';
import { composeCycle, preferredPriority } from '../../src/domain/priority.ts';
import type { PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { auditLedger } from '../../src/services/audit-ledger.ts';
import type { Caller } from '../../src/services/authenticate-caller.ts';
import { claimNextJob, putJobBack } from '../../src/services/claim-job.ts';
import { describeUsage } from '../../src/services/describe-usage.ts';
import { runRemoval } from '../../src/services/run-removal.ts';
import { beginJobAttempt, findJob } from '../../src/store/jobs.ts';
import { startWorkerLoop } from '../../src/worker/loop.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { until } from '../helpers/server.ts';
import { submitBytes } from '../helpers/submit-bytes.ts';

const PLAN_NAMES = [...DEFAULT_PLANS.keys()];
const CYCLE = composeCycle(DEFAULT_PLANS);

let test_: TestContext;
beforeEach(async () => {
  test_ = await openTestContext({ maxQueue: 200 });
});
afterEach(async () => await test_.close());

const submit = (caller: Caller) => submitBytes(test_.ctx, caller);

test('a job is claimed by one worker alone', async () => {
  const { ctx } = test_;
  const caller = await createCaller(ctx, { plan: 'pro' });
  const jobs = [await submit(caller), await submit(caller)];
  const claims = await Promise.all(
    Array.from({ length: 6 }, (_, turn) => claimNextJob(ctx, preferredPriority(CYCLE, turn))),
  );
  expect(claims.flatMap((claim) => claim?.jobId ?? []).sort()).toEqual(jobs.map((job) => job.id).sort());
});

test('with every plan waiting each gets its share of 16 turns; alone, a plan gets them all', async () => {
  const { ctx } = test_;
  const planOf = new Map<string, PlanName>();
  for (const plan of PLAN_NAMES) {
    const caller = await createCaller(ctx, { plan, kind: plan === 'free' ? 'test' : 'live' });
    for (let i = 0; i < CYCLE.length; i++) planOf.set((await submit(caller)).id, plan);
  }
  const claimed: (PlanName | undefined)[] = [];
  for (let turn = 0; turn < PLAN_NAMES.length * CYCLE.length; turn++) {
    claimed.push(planOf.get((await claimNextJob(ctx, preferredPriority(CYCLE, turn)))?.jobId ?? ''));
  }
  const countIn = (from: number, plan: PlanName) =>
    claimed.slice(from, from + CYCLE.length).filter((p) => p === plan).length;
  expect(PLAN_NAMES.map((plan) => countIn(0, plan))).toEqual([1, 3, 4, 8]);
  expect(PLAN_NAMES.map((plan) => countIn(CYCLE.length, plan))).toEqual([1, 3, 4, 8]);
  // Nobody is passed over: what is left at the end is the lowest plan's.
  expect(new Set(claimed.slice(-8))).toEqual(new Set(['free']));
  expect(claimed).not.toContain(undefined);
});

test('three workers at a queue that is full of every plan: each begins 8, 4, 3 and 1 of any 16, and free has its 5 %', async () => {
  const { ctx } = test_;
  const starts = 96;
  const planOf = new Map<string, PlanName>();
  // More of each than its turns, so that none runs dry before the last of these starts.
  for (const [plan, count] of Object.entries({ enterprise: 60, business: 32, pro: 26, free: 14 })) {
    const caller = await createCaller(ctx, { plan, kind: plan === 'free' ? 'test' : 'live' });
    for (let i = 0; i < count; i++) planOf.set((await submit(caller)).id, plan);
  }
  const begun: { readonly worker: number; readonly plan: PlanName | undefined }[] = [];
  const loops = [0, 1, 2].map((worker) =>
    startWorkerLoop(ctx, {
      ...runner,
      async run({ inputPath }) {
        begun.push({ worker, plan: planOf.get(path.basename(inputPath)) });
        return { kind: 'failed', code: 'invalid_image', message: 'no' };
      },
    }),
  );
  await until('enough is begun', async () => begun.length >= starts);
  await Promise.all(loops.map((loop) => loop.drain(10_000)));
  const saturated = begun.slice(0, starts);
  const countOf = (plans: readonly (PlanName | undefined)[]) =>
    PLAN_NAMES.map((name) => plans.filter((plan) => plan === name).length);
  const [free = 0] = countOf(saturated.map(({ plan }) => plan));
  expect(free / starts).toBeGreaterThanOrEqual(0.05);
  for (const worker of loops.keys()) {
    const own = saturated.filter((start) => start.worker === worker).map(({ plan }) => plan);
    for (let from = 0; from + CYCLE.length <= own.length; from++) {
      expect(countOf(own.slice(from, from + CYCLE.length))).toEqual([1, 3, 4, 8]);
    }
  }
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

test('no account fills the queue for the others: above its part it is overloaded, and they are not', async () => {
  await test_.close();
  test_ = await openTestContext({ maxAccountQueue: 2 });
  const { ctx, folder } = test_;
  const [greedy, other] = [await createCaller(ctx, { plan: 'pro' }), await createCaller(ctx, { plan: 'business' })];
  await submit(greedy);
  await submit(greedy);
  await expect(submit(greedy)).rejects.toMatchObject({
    code: 'overloaded',
    message: '2 jobs of this account wait already; at most 2 may.',
    retryAfterSeconds: 5,
  });
  await submit(other);
  expect((await describeUsage({ ctx, caller: greedy, now: new Date() })).total).toBe(2);
  expect(await readdir(path.join(folder, 'objects', 'uploads'))).toHaveLength(3);
});

const runner: PipelineRunner & { runs: number } = {
  capacity: 1,
  runs: 0,
  ready: async () => {},
  close: async () => {},
  async run() {
    this.runs++;
    return { kind: 'failed', code: 'invalid_image', message: 'no' };
  },
};

const claimIt = () => until('the job can be claimed', async () => await claimNextJob(test_.ctx, 1));
const runIt = (claim: Awaited<ReturnType<typeof claimIt>>) =>
  runRemoval({ ctx: test_.ctx, runner, claim, signal: new AbortController().signal });

test('a job that three workers died of is failed and refunded, and no fourth runs it', async () => {
  const { ctx, folder } = test_;
  const caller = await createCaller(ctx, { plan: 'pro' });
  const job = await submit(caller);
  runner.runs = 0;
  for (let attempt = 1; attempt <= 3; attempt++) {
    const claim = await claimIt();
    expect(await beginJobAttempt(ctx.database, caller.accountId, job.id)).toMatchObject({ attempt });
    // The lease runs out: back into the queue, and nobody takes the attempt back.
    await ctx.database.transaction().execute((tx) => ctx.queue.release(tx, claim, 'error'));
  }
  expect(await runIt(await claimIt())).toBe('ended');
  expect(runner.runs).toBe(0);
  const ended = await findJob(ctx.database, caller.accountId, job.id);
  expect([ended?.status, ended?.errorCode]).toEqual(['failed', 'processing_failed']);
  expect((await describeUsage({ ctx, caller, now: new Date() })).total).toBe(0);
  expect(await auditLedger({ ctx })).toEqual({ entries: 2, chains: [], periods: [], jobs: [] });
  expect(await readdir(path.join(folder, 'objects', 'uploads'))).toEqual([]);
});

test('a job that was given back in good order any number of times is still run', async () => {
  const { ctx } = test_;
  const caller = await createCaller(ctx, { plan: 'pro' });
  const job = await submit(caller);
  runner.runs = 0;
  for (let i = 0; i < 5; i++) {
    const claim = await claimIt();
    await beginJobAttempt(ctx.database, caller.accountId, job.id);
    await putJobBack(ctx, claim, 'outage');
  }
  const last = await claimIt();
  expect(last.putBack).toBe('outage');
  await runIt(last);
  expect(runner.runs).toBe(1);
});
