/**
 * The yardstick of the benchmarks: a process that does nothing but run the model, on noise, as often as it is told.
 * It opens the session exactly as a pipeline child does.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openOrtSession } from '../src/adapters/ort-session.ts';
import { parseConfig } from '../src/config.ts';
import { decideBestPrecision, type Precision } from '../src/domain/precision.ts';
import { pathOfPrecision, type ReadyModel } from '../src/domain/ready-model.ts';
import { choosePrecision } from '../src/platform/engine.ts';
import { cachedModel, modelsDir } from '../test/helpers/model-cache.ts';

type Order = { readonly model: ReadyModel; readonly threads: number } | { readonly runs: number };

export interface BareSession {
  /** Milliseconds of each run. */
  run(runs: number): Promise<number[]>;
  close(): void;
}

/** With the precisions that the server takes on this machine. */
export async function loadBenchModel(): Promise<ReadyModel> {
  const model = await cachedModel();
  const config = parseConfig({ MODELS_DIR: modelsDir });
  const choice = await choosePrecision(config, model);
  return { ...model, precision: choice.precision, bestPrecision: decideBestPrecision(config.PRECISION, choice) };
}

/** Each in a process of its own, like the children of the server. */
export async function openBareSession(model: ReadyModel, precision: Precision, threads: number): Promise<BareSession> {
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
  await ask({ model: { ...model, path: pathOfPrecision(model, precision) }, threads });
  const session: BareSession = {
    run: (runs) => ask({ runs }),
    close: () => void child.removeAllListeners('exit').kill(),
  };
  // The first runs allocate.
  await session.run(2);
  return session;
}

async function serveOrders(): Promise<void> {
  let session: Awaited<ReturnType<typeof openOrtSession>> | undefined;
  let input = new Float32Array();
  process.on('message', async (order: Order) => {
    if ('model' in order) {
      session = await openOrtSession(order);
      input = Float32Array.from({ length: 3 * session.inputSize ** 2 }, (_, i) => ((i * 7919) % 255) / 255 - 0.5);
      process.send?.([]);
      return;
    }
    if (!session) throw new Error('a run was ordered before the model');
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
