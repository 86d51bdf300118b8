import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_REMOVAL_OPTIONS } from '../../src/domain/removal-options.ts';
import type { PipelineOrder, PipelineRunner } from '../../src/ports/pipeline-runner.ts';
import { type ChildPoolOptions, createChildPool } from '../../src/worker/child-pool.ts';
import { partialPathOf } from '../../src/worker/pipeline.ts';
import type { ChildLogEntry } from '../../src/worker/pipeline-protocol.ts';
import { cachedModel } from '../helpers/model-cache.ts';
import { usePictureFolder } from '../helpers/picture-folder.ts';
import { isProcessGone, waitFor } from '../helpers/picture-process.ts';

const folder = usePictureFolder();
const EXEC_ARGV = ['--import', import.meta.resolve('tsx')];
const childModule = fileURLToPath(new URL('./pool-child.fixture.ts', import.meta.url));
const parentModule = fileURLToPath(new URL('./pool-parent.fixture.ts', import.meta.url));

const open: PipelineRunner[] = [];
const logged: ChildLogEntry[] = [];
const seenPids = new Set<number>();

function openPool(options: Partial<ChildPoolOptions> = {}): PipelineRunner {
  const pool = createChildPool({
    childModule,
    execArgv: EXEC_ARGV,
    env: { PATH: process.env.PATH },
    size: 1,
    threads: 2,
    jobTimeoutMs: 30_000,
    memoryLimitMiB: 2048,
    log: (entry) => logged.push(entry),
    ...options,
  });
  open.push(pool);
  return pool;
}

async function order(action: string): Promise<PipelineOrder> {
  return {
    inputPath: await folder.write(action),
    outputPath: folder.newPath('out'),
    request: { ...DEFAULT_REMOVAL_OPTIONS, isWatermarked: false, maxPixels: 1 },
  };
}

/** The process that took the order, once it has begun. */
const waitForStart = (inputPath: string, deadlineMs?: number) =>
  waitFor(
    'the order to begin',
    () => {
      const pid = existsSync(`${inputPath}.log`) && Number.parseInt(readFileSync(`${inputPath}.log`, 'utf8'), 10);
      if (pid) seenPids.add(pid);
      return pid;
    },
    deadlineMs,
  );

const expectNothingLeft = ({ outputPath }: PipelineOrder) => {
  expect([existsSync(outputPath), existsSync(partialPathOf(outputPath))]).toEqual([false, false]);
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close(0)));
  for (const entry of logged) seenPids.add(entry.pid);
  await waitFor('every child to be gone', () => [...seenPids].every((pid) => pid === 0 || isProcessGone(pid)));
  logged.length = 0;
  seenPids.clear();
});

describe('orders', () => {
  it('run one at a time in each child, and the rest wait in turn', async () => {
    const pool = openPool({ size: 2 });
    // One order in hand for the child that is free first.
    expect(pool.capacity).toBe(3);
    const orders = await Promise.all(Array.from({ length: 6 }, () => order('slow')));
    const finished: number[] = [];
    const outcomes = await Promise.all(
      orders.map(async (each, i) => {
        const outcome = await pool.run(each);
        finished.push(i);
        return outcome;
      }),
    );
    const pids = outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.report.width : 0));
    expect(new Set(pids).size).toBe(2);
    expect(pids).not.toContain(0);
    for (const pid of new Set(pids)) seenPids.add(pid);
    // Two children may overtake each other by one, and no more.
    for (const [position, i] of finished.entries()) expect(Math.abs(position - i)).toBeLessThanOrEqual(1);
    for (const { outputPath } of orders) expect(readFileSync(outputPath, 'utf8')).toBe('half');
  });

  it("that are the picture's fault fail with its code, in the same child", async () => {
    const pool = openPool();
    expect(await pool.run(await order('bad'))).toEqual({
      kind: 'failed',
      code: 'invalid_image',
      message: 'The file is not a picture, or it is damaged.',
    });
  });

  it('that surprise fail without a word of why to the caller, and with the whole of it in the log', async () => {
    const pool = openPool();
    const outcome = await pool.run(await order('surprise'));
    expect(outcome).toMatchObject({ kind: 'failed', code: 'processing_failed' });
    expect(JSON.stringify(outcome)).not.toContain('passwd');
    expect(logged).toContainEqual(
      expect.objectContaining({ level: 'error', detail: expect.stringContaining('passwd') }),
    );
  });

  it('may write to stderr, which is logged', async () => {
    const pool = openPool();
    expect(await pool.run(await order('stderr'))).toMatchObject({ kind: 'done' });
    await waitFor('the line', () => logged.some((entry) => entry.detail === 'native grumble'));
  });
});

describe('a child that dies', () => {
  it('by kill -9 in mid-order: crashed, nothing left, and the next order is served by another', async () => {
    const pool = openPool();
    const lost = await order('hang');
    const running = pool.run(lost);
    const pid = await waitForStart(lost.inputPath);
    process.kill(pid, 'SIGKILL');
    expect(await running).toEqual({ kind: 'crashed', reason: 'It was ended by SIGKILL.' });
    expectNothingLeft(lost);
    const next = await pool.run(await order('fine'));
    expect(next).toMatchObject({ kind: 'done' });
    expect(next.kind === 'done' && next.report.width).not.toBe(pid);
  });

  it.each([
    ['killed', 'It was ended by SIGKILL.'],
    ['exit', 'It ended by itself with exit code 3.'],
  ])('by its own doing (%s): crashed, and the waiting orders go on', async (action, reason) => {
    const pool = openPool();
    const lost = await order(action);
    const [first, second] = await Promise.all([pool.run(lost), pool.run(await order('fine'))]);
    expect(first).toEqual({ kind: 'crashed', reason });
    expectNothingLeft(lost);
    expect(second).toMatchObject({ kind: 'done' });
  });

  it('between two orders is replaced', async () => {
    const pool = openPool();
    const first = await pool.run(await order('fine'));
    const pid = first.kind === 'done' ? first.report.width : 0;
    process.kill(pid, 'SIGKILL');
    await waitFor('the replacement', () => logged.some((entry) => entry.message.includes('replaced')));
    expect(await pool.run(await order('fine'))).toMatchObject({ kind: 'done' });
  });

  it('ignores SIGINT and SIGTERM, which a terminal sends to the whole group', async () => {
    const pool = openPool();
    const patient = await order('slow');
    const running = pool.run(patient);
    const pid = await waitForStart(patient.inputPath);
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    expect(await running).toMatchObject({ kind: 'done' });
  });
});

describe('a child that misbehaves', () => {
  it('by hanging is killed at the timeout', async () => {
    const pool = openPool({ jobTimeoutMs: 700 });
    await pool.ready();
    const hung = await order('hang');
    const startedAt = performance.now();
    expect(await pool.run(hung)).toEqual({ kind: 'crashed', reason: 'It took longer than 0.7 s.' });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expectNothingLeft(hung);
    expect(await pool.run(await order('fine'))).toMatchObject({ kind: 'done' });
  });

  it('by growing is killed at the limit', async () => {
    const pool = openPool({ memoryLimitMiB: 400 });
    const greedy = await order('eat');
    const outcome = await pool.run(greedy);
    expect(outcome.kind === 'crashed' && outcome.reason).toMatch(/^It held \d+ MiB of memory, and may hold 400\.$/);
    expectNothingLeft(greedy);
  });

  it('by keeping too much after its order is replaced between two orders, and none is lost', async () => {
    const pool = openPool({ idleMemoryLimitMiB: 300 });
    const actions = ['fine', 'keep', 'fine', 'keep', 'fine'];
    const orders: PipelineOrder[] = [];
    // Those that are made at once are ready in any order.
    for (const action of actions) orders.push(await order(action));
    const outcomes = await Promise.all(orders.map((each) => pool.run(each)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(actions.map(() => 'done'));
    const pids = outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.report.width : 0));
    for (const pid of pids) seenPids.add(pid);
    expect(new Set(pids).size).toBe(3);
    expect([pids[0] === pids[1], pids[2] === pids[3]]).toEqual([true, true]);
    const reasons = logged.filter(({ message }) => message.includes('replaced')).map(({ detail }) => detail);
    expect(reasons).toHaveLength(2);
    for (const reason of reasons)
      expect(reason).toMatch(/^It held \d+ MiB of memory after its picture, and may hold 300\.$/);
  });
});

describe('a pool whose model cannot be loaded', () => {
  it('says the sentence of the child to whoever waits, and to orders too', async () => {
    const pool = openPool({ env: { PATH: process.env.PATH, FIXTURE_START: 'unable' } });
    const waiting = pool.run(await order('fine'));
    await Promise.all([
      expect(pool.ready()).rejects.toThrow('The model file is missing.'),
      expect(waiting).rejects.toThrow('The model file is missing.'),
    ]);
  });

  it('gives up waiting after three deaths in a row', async () => {
    const pool = openPool({ env: { PATH: process.env.PATH, FIXTURE_START: 'die' } });
    await expect(pool.ready()).rejects.toThrow(
      'The child process ended before its model was loaded. It was ended by SIGKILL.',
    );
    expect(logged.filter((entry) => entry.message.includes('could not start'))).toHaveLength(3);
  });

  it('does not wait for ever for a child that hangs at its start', async () => {
    const pool = openPool({ env: { PATH: process.env.PATH, FIXTURE_START: 'hang' }, startTimeoutMs: 1500 });
    await waitFor('the first failure', () => logged.some((entry) => entry.detail?.includes('not ready within 1.5 s')));
    await pool.close(0);
  });
});

describe('closing', () => {
  it('lets a running order finish, turns the waiting one away, and takes no more', async () => {
    const pool = openPool();
    await pool.ready();
    const running = await order('slow');
    const outcomes = [pool.run(running), pool.run(await order('fine'))];
    await waitForStart(running.inputPath);
    await pool.close(10_000);
    expect(await outcomes[0]).toMatchObject({ kind: 'done' });
    expect(await outcomes[1]).toEqual({ kind: 'crashed', reason: 'The pool is closing.' });
    await expect(pool.run(running)).rejects.toThrow('closed');
    await expect(pool.ready()).rejects.toThrow('closed');
  });

  it('ends what outlasts the grace', async () => {
    const pool = openPool();
    const hung = await order('hang');
    const running = pool.run(hung);
    await waitForStart(hung.inputPath);
    await pool.close(100);
    expect(await running).toEqual({ kind: 'crashed', reason: 'The pool is closing.' });
    expectNothingLeft(hung);
  });
});

describe('a parent that is killed', () => {
  it('leaves no child behind, be it waiting, hanging in native code or in the middle of an inference', async () => {
    const { path } = await cachedModel();
    const inputs = await Promise.all(['idle', 'hang', `infer ${path}`].map((action) => folder.write(action)));
    const parent = spawn(process.execPath, [...EXEC_ARGV, parentModule, ...inputs], { stdio: 'ignore' });
    try {
      const pids = await Promise.all(inputs.map((input) => waitForStart(input, 60_000)));
      expect(new Set(pids).size).toBe(3);
      expect(pids.some(isProcessGone)).toBe(false);
      parent.kill('SIGKILL');
      const killedAt = performance.now();
      await waitFor('the children to be gone', () => pids.every(isProcessGone), 10_000);
      expect(performance.now() - killedAt).toBeLessThan(4000);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
