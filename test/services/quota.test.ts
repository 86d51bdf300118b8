/** Reserve, charge, release: the counters, the ledger and who sees what. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_REMOVAL_OPTIONS } from '../../src/domain/removal-options.ts';
import type { PipelineOutcome, PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { admitRequest } from '../../src/services/admit-request.ts';
import { auditLedger } from '../../src/services/audit-ledger.ts';
import type { Caller } from '../../src/services/authenticate-caller.ts';
import { describeUsage } from '../../src/services/describe-usage.ts';
import { runRemoval } from '../../src/services/run-removal.ts';
import { submitRemoval } from '../../src/services/submit-removal.ts';
import { findJob } from '../../src/store/jobs.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { JOB_REPORT } from '../helpers/job-report.ts';
import { PHOTOS } from '../helpers/server.ts';
import { submitBytes } from '../helpers/submit-bytes.ts';

let opened: TestContext;
beforeAll(async () => {
  opened = await openTestContext();
});
afterAll(async () => await opened.close());

const submit = (caller: Caller, now?: Date) => submitBytes(opened.ctx, caller, now);

/** Ends every order in the same way: what is tested is the accounting around it. */
const runner = (outcome: PipelineOutcome): PipelineRunner & { runs: number } => ({
  capacity: 1,
  runs: 0,
  ready: async () => {},
  close: async () => {},
  async run({ outputPath }) {
    this.runs++;
    if (outcome.kind === 'done') await writeFile(outputPath, 'result');
    return outcome;
  },
});

const NEVER = new AbortController().signal;
const run = (job: { id: string; accountId: string }, by: PipelineRunner) =>
  runRemoval({ ctx: opened.ctx, runner: by, claim: { jobId: job.id, accountId: job.accountId }, signal: NEVER });

const total = async (caller: Caller, now = new Date()) => (await describeUsage({ ctx: opened.ctx, caller, now })).total;

test('a success is charged once, however often its end is told', async () => {
  const caller = await createCaller(opened.ctx, { plan: 'pro' });
  const job = await submit(caller);
  const works = runner({ kind: 'done', report: JOB_REPORT });
  await Promise.all([run(job, works), run(job, works), run(job, works)]);
  await run(job, works);
  expect(await total(caller)).toBe(1);
  expect(await auditLedger({ ctx: opened.ctx })).toMatchObject({ chains: [], periods: [], jobs: [] });
});

test('a failure is given back, and so is a job whose child dies twice', async () => {
  const caller = await createCaller(opened.ctx, { plan: 'pro' });
  await run(await submit(caller), runner({ kind: 'failed', code: 'invalid_image', message: 'no' }));
  const dies = runner({ kind: 'crashed', reason: 'killed' });
  const lost = await submit(caller);
  await run(lost, dies);
  expect(dies.runs).toBe(2);
  expect(await findJob(opened.ctx.database, caller.accountId, lost.id)).toMatchObject({
    status: 'failed',
    errorCode: 'processing_failed',
  });
  expect(await total(caller)).toBe(0);
});

test('a result of too little confidence is given back, and not tried again', async () => {
  const caller = await createCaller(opened.ctx, { plan: 'pro' });
  const refuses = runner({ kind: 'failed', code: 'low_confidence', message: 'no' });
  const job = await submit(caller);
  await run(job, refuses);
  await run(job, refuses);
  expect([refuses.runs, await total(caller)]).toEqual([1, 0]);
  expect(await auditLedger({ ctx: opened.ctx })).toMatchObject({ chains: [], periods: [], jobs: [] });
});

test('a job that an earlier version queued has the defaults of the options that came later', async () => {
  const { ctx } = opened;
  const { id, accountId } = await submit(await createCaller(ctx, { plan: 'pro' }));
  await sql`update jobs set options = options - 'minConfidence' where id = ${id}`.execute(ctx.database);
  expect(await findJob(ctx.database, accountId, id)).toMatchObject({ options: DEFAULT_REMOVAL_OPTIONS });
});

test('a month belongs to the day of the request: the next one starts at zero', async () => {
  const caller = await createCaller(opened.ctx, { plan: 'pro', limits: limitsOf({ monthlyRemovals: 1 }) });
  const [december, january] = [new Date('2030-12-31T23:59:59Z'), new Date('2031-01-01T00:00:00Z')];
  await submit(caller, december);
  await expect(submit(caller, december)).rejects.toMatchObject({ code: 'quota_exceeded', retryAfterSeconds: 1 });
  await submit(caller, january);
  expect([await total(caller, december), await total(caller, january)]).toEqual([1, 1]);
});

const limitsOf = (given: object) => ({ monthlyRemovals: null, requestsPerSecond: null, maxFileSize: null, ...given });

test('all keys of an account draw on one quota, and a key may have a narrower one', async () => {
  const { ctx } = opened;
  const wide = await createCaller(ctx, { plan: 'pro', accountName: 'shared' });
  const narrow = await createCaller(ctx, { accountName: 'shared', limits: limitsOf({ monthlyRemovals: 2 }) });
  await submit(narrow);
  await submit(wide);
  await submit(narrow);
  await expect(submit(narrow)).rejects.toMatchObject({ code: 'quota_exceeded' });
  await submit(wide);
  expect([await total(wide), await total(narrow)]).toEqual([4, 4]);
});

test('all keys of an account draw on one bucket, and a key may have a narrower one', async () => {
  const { ctx } = opened;
  const wide = await createCaller(ctx, { plan: 'pro', accountName: 'bucket' });
  const narrow = await createCaller(ctx, { accountName: 'bucket', limits: limitsOf({ requestsPerSecond: 3 }) });
  const admit = async (caller: Caller, times: number) => {
    const states = await Promise.all(Array.from({ length: times }, () => admitRequest({ ctx, caller, sender: '::1' })));
    return states.filter((state) => state.isAllowed).length;
  };
  // Narrow first, at once: three of them pass, and the seven that it leaves are the wide key's.
  expect(await admit(narrow, 6)).toBeLessThanOrEqual(4);
  expect(await admit(wide, 30)).toBeLessThanOrEqual(10);
});

test('a job is not there for another account', async () => {
  const [mine, theirs] = [
    await createCaller(opened.ctx, { plan: 'pro' }),
    await createCaller(opened.ctx, { plan: 'pro' }),
  ];
  const job = await submit(mine);
  expect(await findJob(opened.ctx.database, theirs.accountId, job.id)).toBeUndefined();
});

test('a test key is never charged, and leaves no ledger', async () => {
  const caller = await createCaller(opened.ctx, { plan: 'free', kind: 'test' });
  const job = await submit(caller);
  await run(job, runner({ kind: 'done', report: JOB_REPORT }));
  expect(await total(caller)).toBe(0);
  expect(await auditLedger({ ctx: opened.ctx })).toMatchObject({ chains: [], periods: [], jobs: [] });
});

test('the ledger can only grow, and the audit names the month whose counter was bent', async () => {
  const { ctx } = opened;
  const caller = await createCaller(ctx, { plan: 'pro' });
  await run(await submit(caller), runner({ kind: 'done', report: JOB_REPORT }));
  for (const change of ["update ledger set entry = 'release'", 'delete from ledger', 'truncate ledger']) {
    await expect(sql.raw(change).execute(ctx.database)).rejects.toThrow('append-only');
  }
  await sql`update usage_periods set used = used + 5 where scope_id = ${caller.accountId}`.execute(ctx.database);
  const { periods } = await auditLedger({ ctx });
  expect(periods).toMatchObject([{ accountId: caller.accountId, used: 6, ledgerUsed: 1 }]);
});

test('an order says the megapixels of its picture, by which the runner admits it', async () => {
  const { ctx } = opened;
  const seen: unknown[] = [];
  const looking: PipelineRunner = {
    ...runner({ kind: 'crashed', reason: 'unused' }),
    async run({ megapixels }) {
      seen.push(megapixels);
      return { kind: 'failed', code: 'invalid_image', message: 'no' };
    },
  };
  const caller = await createCaller(ctx, { plan: 'pro' });
  const uploadPath = await ctx.storage.temporaryPath();
  await copyFile(path.join(PHOTOS, 'chelsea.png'), uploadPath);
  const job = await submitRemoval({ ctx, caller, uploadPath, options: DEFAULT_REMOVAL_OPTIONS, now: new Date() });
  await run(job, looking);
  expect(seen).toEqual([0.1353]);
});
