/**
 * That the invariants of `npm run chaos` can break: on a real database and bucket, each estate is damaged in one way, and
 * what is wrong with it is named.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openS3Storage } from '../../src/adapters/s3-storage.ts';
import type { PipelineOutcome } from '../../src/ports/pipeline-runner.ts';
import type { Caller } from '../../src/services/authenticate-caller.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { runRemoval } from '../../src/services/run-removal.ts';
import type { Ended } from '../helpers/chaos/clients.ts';
import { MARK } from '../helpers/chaos/estate.ts';
import { findBroken, findOrphans } from '../helpers/chaos/invariants.ts';
import { createCaller, openTestContext, type TestContext } from '../helpers/database.ts';
import { JOB_REPORT } from '../helpers/job-report.ts';
import { type S3Server, s3Options, startS3Server } from '../helpers/s3-server.ts';
import { REMUVR } from '../helpers/server.ts';
import { submitBytes } from '../helpers/submit-bytes.ts';

let opened: TestContext;
let bucket: S3Server;
let ctx: ServiceContext;
let caller: Caller;
let ended: Ended[];

beforeEach(async () => {
  opened = await openTestContext();
  bucket = await startS3Server(path.join(opened.folder, 'bucket'));
  const storage = await openS3Storage(s3Options(bucket.url, path.join(opened.folder, 'scratch')));
  ctx = { ...opened.ctx, storage };
  caller = await createCaller(ctx, { plan: 'pro', accountName: 'acme' });
  ended = [await endOne(DONE), await endOne(DONE), await endOne(REFUSED)];
});
afterEach(async () => {
  await opened?.close();
  await bucket?.close();
});

const DONE: PipelineOutcome = { kind: 'done', report: JOB_REPORT };
const REFUSED: PipelineOutcome = { kind: 'failed', code: 'invalid_image', message: 'no' };

const submit = () => submitBytes(ctx, caller);

async function endOne(outcome: PipelineOutcome): Promise<Ended> {
  const { id, accountId, plan } = await submit();
  const runner = {
    capacity: 1,
    ready: async () => {},
    close: async () => {},
    async run({ outputPath }: { outputPath: string }) {
      if (outcome.kind === 'done') await writeFile(outputPath, 'result');
      return outcome;
    },
  };
  const claim = { jobId: id, accountId };
  await runRemoval({ ctx, runner, claim, signal: new AbortController().signal });
  return { plan, id, status: outcome.kind === 'done' ? 'completed' : 'failed' };
}

async function find(jobs = ended.length): Promise<readonly string[]> {
  const env = { PATH: process.env.PATH, DATA_DIR: path.join(opened.folder, 'commands') };
  const DATABASE_URL = ctx.database.connectionString;
  const estate = {
    connectionString: DATABASE_URL,
    bucketUrl: bucket.url,
    mark: opened.folder,
    run: async (...args: string[]) =>
      (await promisify(execFile)(REMUVR, args, { env: { ...env, DATABASE_URL } })).stdout.trim(),
  };
  return (await findBroken(estate, ended, jobs)).broken;
}

/** As whoever owns the tables could. */
async function tamper(statement: string): Promise<void> {
  const both = (verb: string) => `alter table ledger ${verb} trigger all; alter table ledger_heads ${verb} trigger all`;
  await sql.raw(`${both('disable')}; ${statement}; ${both('enable')}`).execute(ctx.database);
}

async function putObject(key: string): Promise<void> {
  const source = await ctx.storage.temporaryPath();
  await writeFile(source, 'bytes');
  await ctx.storage.put(key, source);
}

async function deleteResult(): Promise<void> {
  for await (const { key } of ctx.storage.list('processed')) await ctx.storage.delete(key);
}

test('nothing is broken where nothing was damaged', async () => {
  expect(await find()).toEqual([]);
});

test.each<[string, () => Promise<unknown>, RegExp[]]>([
  [
    'a failure that was charged',
    () => tamper(`update ledger set entry = 'charge' where entry = 'release'`),
    [/^job \S+ is failed, and its ledger says "reserve charge"$/, /^the audit says: /],
  ],
  [
    'a counter that is one too high',
    () => tamper('update usage_periods set used = used + 1'),
    [/^account acme is charged 3 for 2 successes$/, /^the audit says: /],
  ],
  [
    'a row of the ledger that was changed',
    () => tamper(`update ledger set created_at = created_at - interval '1 hour' where entry = 'charge'`),
    [/^the audit says: .*entry \d+ \(seq \d+\) is changed/s],
  ],
  [
    'a row of the ledger that is gone',
    () => tamper(`delete from ledger where entry = 'release'`),
    [/^job \S+ is failed, and its ledger says "reserve"$/, /^the audit says: /],
  ],
  [
    'an object that is nobody’s',
    () => putObject('processed/nobody.png'),
    [/^the bucket has processed\/nobody\.png, which/],
  ],
  [
    'results that are not there',
    deleteResult,
    [/^the result \S+\.png is not there$/, /^the result \S+\.png is not there$/],
  ],
  [
    'a caller who saw another end',
    async () => {
      ended[0] = { ...(ended[0] as Ended), status: 'failed' };
    },
    [/^job \S+ is completed, and its caller saw failed$/],
  ],
])('%s is named', async (_what, damage, sentences) => {
  await damage();
  const broken = await find();
  expect(broken).toHaveLength(sentences.length);
  for (const [i, sentence] of sentences.entries()) expect(broken[i]).toMatch(sentence);
});

test('a job that never ended is named, with its caller, its place in the queue and its picture', async () => {
  const { id } = await submit();
  expect(await find(4)).toEqual([
    `job ${id} is processing, and its caller saw nothing`,
    'of 4 jobs that were sent, 3 were accepted and 4 are there',
    `job ${id} is still in the queue, created`,
    `job ${id} is processing, and its ledger says "reserve"`,
    'account acme is charged 3 for 2 successes',
    `the bucket has uploads/${id}, which is nobody's`,
  ]);
});

test('a job that was accepted and is not there is named', async () => {
  expect(await find(4)).toEqual(['of 4 jobs that were sent, 3 were accepted and 3 are there']);
});

test('a process that is left behind is named, and only while it lives', async () => {
  const mark = opened.folder;
  const left = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)', 'left behind'], {
    env: { PATH: process.env.PATH, [MARK]: mark },
  });
  await once(left.stdout, 'data');
  expect(await findOrphans({ mark })).toEqual([expect.stringMatching(`^process ${left.pid} is left: .*left behind`)]);
  left.kill('SIGKILL');
  await once(left, 'exit');
  expect(await findOrphans({ mark })).toEqual([]);
});
