/** A worker that comes back after its job was ended by another, and its result deleted. */
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { auditLedger } from '../../src/services/audit-ledger.ts';
import { describeUsage } from '../../src/services/describe-usage.ts';
import { runRemoval, settleJobIn } from '../../src/services/run-removal.ts';
import { sweepEndedJobs } from '../../src/services/sweep-objects.ts';
import { findJob } from '../../src/store/jobs.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { JOB_REPORT } from '../helpers/job-report.ts';
import { submitBytes } from '../helpers/submit-bytes.ts';

let opened: TestContext;
beforeEach(async () => {
  opened = await openTestContext();
});
afterEach(async () => await opened.close());

const ENDS = {
  'failed it': { kind: 'failed', code: 'invalid_image', message: 'no' },
  'completed it, and it has expired': { kind: 'completed', report: { ...JOB_REPORT, queueMs: 0 } },
} as const;

test.each(Object.entries(ENDS))(
  'where another %s, its late result is deleted, and charged no more than was',
  async (_, end) => {
    const { ctx, folder } = opened;
    const caller = await createCaller(ctx, { plan: 'pro' });
    const job = await submitBytes(ctx, caller);
    const late: PipelineRunner = {
      capacity: 1,
      ready: async () => {},
      close: async () => {},
      async run({ outputPath }) {
        await ctx.database.transaction().execute((tx) => settleJobIn(tx, ctx, job, end));
        await sql`update jobs set expires_at = created_at where status = 'completed'`.execute(ctx.database);
        await sweepEndedJobs(ctx);
        await writeFile(outputPath, 'result');
        return { kind: 'done', report: JOB_REPORT };
      },
    };
    const claim = { jobId: job.id, accountId: job.accountId };
    await runRemoval({ ctx, runner: late, claim, signal: new AbortController().signal });

    expect((await findJob(ctx.database, caller.accountId, job.id))?.status).toBe(end.kind);
    expect((await describeUsage({ ctx, caller, now: new Date() })).total).toBe(end.kind === 'completed' ? 1 : 0);
    await sweepEndedJobs(ctx);
    expect(await readdir(path.join(folder, 'objects/processed'))).toEqual([]);
    expect(await auditLedger({ ctx })).toEqual({ entries: 2, chains: [], periods: [], jobs: [] });
  },
);
