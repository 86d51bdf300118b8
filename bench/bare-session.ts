/**
 * The yardstick of the benchmarks: a process that does nothing but run the model, on noise, as often as it is told.
 * It opens the session exactly as a pipeline child does.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openOrtSession } from '../src/adapters/ort-session.ts';
import type { ReadyModel } from '../src/domain/model.ts';

type Order = { readonly model: ReadyModel; readonly threads: number } | { readonly runs: number };

export interface BareSession {
  /** Milliseconds of each run. */
  run(runs: number): Promise<number[]>;
  close(): void;
}

/** Each in a process of its own, like the children of the server. */
export async function openBareSession(model: ReadyModel, threads: number): Promise<BareSession> {
  const execArgv = ['--import', import.meta.resolve('tsx')];
  const child = fork(fileURLToPath(import.meta.url), ['--child'], { execArgv, serialization: 'advanced' });
  let fail: (error: Error) => void = () => {};
  child.once('exit', (code) => fail(new Error(`a bare session ended with ${code}`)));
  const ask = (order: Order): Promise<number[]> =>
    new Promise((resolve, reject) => {
      fail = reject;
      child.once('message', (times) => resolve(times as number[]));
      child.send(order);
    });
  await ask({ model, threads });
  return { run: (runs) => ask({ runs }), close: () => void child.removeAllListeners('exit').kill() };
}

async function serveOrders(): Promise<void> {
  let session: Awaited<ReturnType<typeof openOrtSession>> | undefined;
  process.on('message', async (order: Order) => {
    if ('model' in order) {
      session = await openOrtSession(order);
      process.send?.([]);
      return;
    }
    if (!session) throw new Error('a run was ordered before the model');
    const input = Float32Array.from({ length: 3 * session.inputSize ** 2 }, (_, i) => ((i * 7919) % 255) / 255 - 0.5);
    const times: number[] = [];
    for (let i = 0; i < order.runs; i++) {
      const startedAt = performance.now();
      await session.run(input);
      times.push(performance.now() - startedAt);
    }
    process.send?.(times);
  });
}

if (process.argv.includes('--child')) await serveOrders();
