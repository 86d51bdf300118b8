/** A child for the tests of the pool: the text of the input file says what is to happen to it. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { openOrtSession } from '../../src/adapters/ort-session.ts';
import { RemuvrError } from '../../src/domain/errors.ts';
import type { PipelineReport } from '../../src/domain/removal-options.ts';
import type { PipelineOrder } from '../../src/ports/pipeline-runner.ts';
import { partialPathOf } from '../../src/worker/pipeline.ts';
import { servePipelineChild } from '../../src/worker/pipeline-child.ts';
import { modelOf } from '../helpers/model-of.ts';

const hoard: Buffer[] = [];
const takeMemory = (mib: number) => hoard.push(Buffer.alloc(mib * 1024 * 1024, 1));
/** Holds the thread as native code does. */
const block = (ms?: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** The report's width is the process id, its height the threads, so that a test sees who worked and how. */
const report = (threads: number): PipelineReport => ({
  width: process.pid,
  height: threads,
  foreground: { top: 0, left: 0, width: 0, height: 0 },
  confidence: 0,
  byteLength: 4,
  timings: { decode: 0, infer: 0, refine: 0, encode: 0 },
});

async function inferForEver(modelPath: string): Promise<void> {
  const session = await openOrtSession({ model: modelOf(modelPath, 1024), threads: 1 });
  for (;;) {
    await session.run(session.prepare(new Uint8Array(3 * 1024 * 1024)));
  }
}

const ACTIONS: Record<string, (argument: string) => unknown> = {
  fine: () => undefined,
  slow: () => new Promise((resolve) => setTimeout(resolve, 300)),
  /** Until the test writes the file that the order names. */
  until: async (file) => {
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
  },
  killed: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(3),
  /** The thread is free, and so hears that the parent has gone. */
  idle: () => new Promise(() => undefined),
  hang: () => block(),
  eat: () => {
    for (;;) {
      takeMemory(32);
      block(20);
    }
  },
  keep: () => takeMemory(300),
  bad: () => {
    throw new RemuvrError('invalid_image');
  },
  surprise: () => {
    throw new TypeError('secret of /etc/passwd');
  },
  stderr: () => console.error('native grumble'),
  infer: inferForEver,
};

async function runFixture(order: PipelineOrder, threads: number): Promise<PipelineReport> {
  const [action = '', argument = ''] = readFileSync(order.inputPath, 'utf8').split(' ');
  writeFileSync(partialPathOf(order.outputPath), 'half');
  appendFileSync(`${order.inputPath}.log`, `${process.pid} start ${action}\n`);
  await ACTIONS[action]?.(argument);
  await rename(partialPathOf(order.outputPath), order.outputPath);
  appendFileSync(`${order.inputPath}.log`, `${process.pid} end ${action}\n`);
  return report(threads);
}

await servePipelineChild({
  async openPipeline(threads) {
    const { FIXTURE_STARTS } = process.env;
    if (FIXTURE_STARTS) appendFileSync(FIXTURE_STARTS, `${process.pid} ${threads}\n`);
    if (process.env.FIXTURE_START === 'unable') throw new Error('The model file is missing.');
    if (process.env.FIXTURE_START === 'die') process.kill(process.pid, 'SIGKILL');
    if (process.env.FIXTURE_START === 'hang') block();
    return runFixture;
  },
});
