/** How the pool shares the machine out: threads among orders, and children as they are needed. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { DEFAULT_REMOVAL_OPTIONS } from '../../src/domain/removal-options.ts';
import type { PipelineOutcome, PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { type ChildPoolOptions, createChildPool } from '../../src/worker/child-pool.ts';
import type { ChildLogEntry } from '../../src/worker/pipeline-protocol.ts';
import { usePictureFolder } from '../helpers/picture-folder.ts';
import { isProcessGone, waitFor } from '../helpers/picture-process.ts';

const folder = usePictureFolder();
const THREADS = 8;

type Bench = {
  readonly pool: PipelineRunner;
  readonly logged: readonly ChildLogEntry[];
  /** The children that were started, in their order, and the threads that each was opened for. */
  starts(): { readonly pid: number; readonly threads: number }[];
};

const open: PipelineRunner[] = [];
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close(0))));

async function openPool(options: Partial<ChildPoolOptions> = {}): Promise<Bench> {
  const starts = folder.newPath('starts');
  const logged: ChildLogEntry[] = [];
  const pool = createChildPool({
    childModule: fileURLToPath(new URL('./pool-child.fixture.ts', import.meta.url)),
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { PATH: process.env.PATH, FIXTURE_STARTS: starts },
    size: 2,
    threads: THREADS,
    jobTimeoutMs: 30_000,
    memoryLimitMiB: 2048,
    log: (entry) => logged.push(entry),
    ...options,
  });
  open.push(pool);
  await pool.ready();
  const readStarts = () =>
    readFileSync(starts, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .map(([pid = 0, threads = 0]) => ({ pid, threads }));
  return { pool, logged, starts: readStarts };
}

async function give({ pool }: Bench, action: string, megapixels = 0) {
  const inputPath = await folder.write(action);
  const request = {
    ...DEFAULT_REMOVAL_OPTIONS,
    isWatermarked: false,
    maxPixels: 1,
  } as const;
  return { inputPath, outcome: pool.run({ inputPath, megapixels, outputPath: folder.newPath('out'), request }) };
}

/** An order that runs until it is let go. */
async function hold(bench: Bench, megapixels?: number) {
  const gate = folder.newPath('gate');
  const { inputPath, outcome } = await give(bench, `until ${gate}`, megapixels);
  await waitFor('the order to begin', () => existsSync(`${inputPath}.log`));
  return { outcome, letGo: () => writeFile(gate, '') };
}

/** What the fixture reports: who did it, and with how many threads. */
function workOf(outcome: PipelineOutcome): { pid: number; threads: number } {
  if (outcome.kind !== 'done') throw new Error(`the order ended as ${outcome.kind}`);
  return { pid: outcome.report.width, threads: outcome.report.height };
}
const runFine = async (bench: Bench) => workOf(await (await give(bench, 'fine')).outcome);

test('every child gives way to who answers callers', async () => {
  const { starts } = await openPool();
  expect(starts().map(({ pid }) => getPriority(pid))).toEqual([constants.priority.PRIORITY_BELOW_NORMAL]);
});

test('an order alone has every thread, orders at once have a part each, and afterwards it is as before', async () => {
  const bench = await openPool();
  const first = await hold(bench);
  const second = await hold(bench);
  await first.letGo();
  expect(workOf(await first.outcome).threads).toBe(THREADS);
  expect((await runFine(bench)).threads).toBe(THREADS / 2);
  await second.letGo();
  expect(workOf(await second.outcome).threads).toBe(THREADS / 2);
  expect((await runFine(bench)).threads).toBe(THREADS);
});

test('orders that wait count: each of them will need its part', async () => {
  const bench = await openPool();
  const first = await hold(bench);
  // One after another: given at once, they would stand in the line in the order in which their files were written.
  const next = await give(bench, 'fine');
  const afterNext = await give(bench, 'fine');
  const last = await give(bench, 'fine');
  await first.letGo();
  const works = await Promise.all([next, afterNext].map(async ({ outcome }) => workOf(await outcome)));
  expect(works.map(({ threads }) => threads)).toEqual([THREADS / 2, THREADS / 2]);
  await last.outcome;
});

test('orders one after another never start a second child', async () => {
  const bench = await openPool();
  const pids = new Set<number>();
  for (let i = 0; i < 5; i++) pids.add((await runFine(bench)).pid);
  expect(bench.starts()).toEqual([{ pid: [...pids][0], threads: THREADS }]);
});

test('an order that waits brings another child, opened for its part, up to the size of the pool', async () => {
  const bench = await openPool();
  const first = await hold(bench);
  const second = await hold(bench);
  const third = await give(bench, 'fine');
  await Promise.all([first.letGo(), second.letGo()]);
  await third.outcome;
  const [one, two] = [workOf(await first.outcome), workOf(await second.outcome)];
  expect(bench.starts()).toEqual([
    { pid: one.pid, threads: THREADS },
    { pid: two.pid, threads: THREADS / 2 },
  ]);
});

test('the first child is asked first: others go when it is quiet, and come back when it is not', async () => {
  const bench = await openPool({ idleMs: 50 });
  const first = await hold(bench);
  const second = await hold(bench);
  await Promise.all([first.letGo(), second.letGo()]);
  const [one, two] = [workOf(await first.outcome), workOf(await second.outcome)];
  await waitFor('the second child to go', () => isProcessGone(two.pid));
  expect((await runFine(bench)).pid).toBe(one.pid);
  expect(bench.logged).toEqual([]);

  const busy = await hold(bench);
  const back = await runFine(bench);
  expect([one.pid, two.pid]).not.toContain(back.pid);
  await busy.letGo();
  expect(workOf(await busy.outcome).pid).toBe(one.pid);
});

test('a later child that dies in its order is replaced, and the first one goes on', async () => {
  const bench = await openPool();
  const first = await hold(bench);
  const lost = await (await give(bench, 'killed')).outcome;
  expect(lost).toEqual({ kind: 'crashed', reason: 'It was ended by SIGKILL.' });
  const next = await runFine(bench);
  const [one, two, three] = bench.starts();
  expect(next.pid).toBe(three?.pid);
  expect(next.pid).not.toBe(two?.pid);
  await first.letGo();
  expect(workOf(await first.outcome).pid).toBe(one?.pid);
});

test('what would be too many megapixels at once waits for what is worked on, and nothing smaller overtakes it', async () => {
  let inFlight = 0;
  let most = 0;
  const onWork = (megapixels: number) => {
    inFlight += megapixels;
    most = Math.max(most, inFlight);
  };
  const bench = await openPool({ size: 3, maxMegapixels: 50, onWork });
  const first = await hold(bench, 30);
  const second = await hold(bench, 12);
  const large = await give(bench, 'fine', 40);
  const small = await give(bench, 'fine', 1);
  await second.letGo();
  await second.outcome;
  expect([existsSync(`${large.inputPath}.log`), existsSync(`${small.inputPath}.log`)]).toEqual([false, false]);
  expect(inFlight).toBe(30);
  await first.letGo();
  const ends = await Promise.all([first.outcome, large.outcome, small.outcome]);
  expect(ends.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
  expect([inFlight, most]).toEqual([0, 42]);
  const lost = await give(bench, 'exit', 20);
  expect([(await lost.outcome).kind, inFlight]).toEqual(['crashed', 0]);
});

test('a picture larger than all that may be in flight has its turn alone', async () => {
  const bench = await openPool({ size: 2, maxMegapixels: 10 });
  const first = await hold(bench, 1);
  const huge = await give(bench, 'fine', 50);
  expect(existsSync(`${huge.inputPath}.log`)).toBe(false);
  await first.letGo();
  expect((await huge.outcome).kind).toBe('done');
});

test('orders that come one after the other have the first child and every thread, however soon they follow', async () => {
  const bench = await openPool();
  const held = [await hold(bench), await hold(bench)];
  for (const { letGo } of held) await letGo();
  const [first] = await Promise.all(held.map(async ({ outcome }) => workOf(await outcome)));
  for (let i = 0; i < 10; i++) expect(await runFine(bench)).toEqual({ pid: first?.pid, threads: THREADS });
});

test('who waits for a child that is replaced for what it kept goes to another', async () => {
  const bench = await openPool({ idleMemoryLimitMiB: 300, maxMegapixels: 10 });
  const go = folder.newPath('go');
  const first = await give(bench, `until ${go}`);
  const elsewhere = await (await give(bench, 'fine')).outcome;
  await writeFile(go, '');
  await first.outcome;
  const keeps = await give(bench, 'keep', 10);
  const waits = await give(bench, 'fine', 10);
  await keeps.outcome;
  const outcome = await waits.outcome;
  expect([outcome, elsewhere].map(({ kind }) => kind)).toEqual(['done', 'done']);
  expect(outcome).toMatchObject({ report: { width: elsewhere.kind === 'done' && elsewhere.report.width } });
});
