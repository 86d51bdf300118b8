/** The child's side of the pool: loads a model, takes one order at a time, and never outlives its parent. */
import { Worker } from 'node:worker_threads';
import { isDiskFull } from '../domain/disk-full.ts';
import { ERROR_MESSAGES, PIPELINE_ERROR_CODES, RemuvrError } from '../domain/errors.ts';
import type { PipelineReport } from '../domain/removal-options.ts';
import type { OnStep, PipelineOrder } from '../ports/pipeline-runner.ts';
import type { ChildMessage, OrderMessage } from './pipeline-protocol.ts';

export type Pipeline = (order: PipelineOrder, threads: number, onStep?: OnStep) => Promise<PipelineReport>;

export type PipelineChildOptions = {
  /**
   * Loads codec and model, ready for orders of that many threads; the message of what it throws is shown to the operator
   * as it is.
   */
  readonly openPipeline: (threads: number) => Promise<Pipeline>;
};

/** How often the watcher looks, and so about how long a child may outlive its parent. */
const PARENT_CHECK_INTERVAL_MS = 500;

/**
 * Inference and decoding block the main thread, for ever if native code hangs, so 'disconnect' alone is not enough:
 * a second thread watches for the day that the parent's id changes, which is when the parent has died.
 */
function watchParent(): void {
  const source = `
    const { workerData } = require('node:worker_threads');
    setInterval(() => {
      if (process.ppid !== workerData.parentPid) process.kill(process.pid, 'SIGKILL');
    }, workerData.intervalMs);`;
  const workerData = { parentPid: process.ppid, intervalMs: PARENT_CHECK_INTERVAL_MS };
  // Without execArgv the thread would load the parent's loaders for these three lines.
  const watcher = new Worker(source, { eval: true, workerData, execArgv: [], env: {} });
  watcher.unref();
}

/** Resolves when the message is on its way, or nobody is left to read it. */
async function send(message: ChildMessage): Promise<void> {
  if (!process.connected) return;
  await new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

async function logFailure(message: string, error: unknown): Promise<void> {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  await send({ type: 'log', entry: { level: 'error', message, pid: process.pid, detail: detail.slice(0, 4000) } });
}

async function toFailure(error: unknown): Promise<ChildMessage> {
  if (isDiskFull(error)) return { type: 'no_room' };
  const code = error instanceof RemuvrError && PIPELINE_ERROR_CODES.find((known) => known === error.code);
  if (code) return { type: 'failed', code, message: (error as RemuvrError).message };
  await logFailure('A picture could not be processed.', error);
  return { type: 'failed', code: 'processing_failed', message: ERROR_MESSAGES.processing_failed };
}

/** Returns once the child is ready, or has said why it cannot be; the process then lives until the parent lets go. */
export async function servePipelineChild({ openPipeline }: PipelineChildOptions): Promise<void> {
  // Ctrl-C reaches the whole group of the terminal; when to end is the parent's decision.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  if (!process.connected) process.exit(0);
  watchParent();

  try {
    const run = await openPipeline(Number(process.argv[2]));
    process.on('message', async ({ order, threads }: OrderMessage) => {
      const answer = await run(order, threads, (step) => void send({ type: 'step', step }))
        .then((report): ChildMessage => ({ type: 'done', report }))
        .catch(toFailure);
      await send(answer);
    });
    await send({ type: 'ready' });
  } catch (error) {
    await logFailure('The pipeline could not be opened.', error);
    await send({ type: 'unable', sentence: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}
