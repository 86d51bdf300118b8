/**
 * The yardstick of the benchmarks: a process that does nothing but run the model, on noise, as often as it is told. The
 * model is the file as it lies on the disk, or the session as a pipeline child opens it on this machine.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openOrtSession } from '../src/adapters/ort-session.ts';
import { parseConfig } from '../src/config.ts';
import type { Precision } from '../src/domain/precision.ts';
import { inPrecision, type ReadyModel, withChoice } from '../src/domain/ready-model.ts';
import { choosePrecision } from '../src/platform/engine.ts';
import type { ModelInput } from '../src/ports/inference-session.ts';
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
  return withChoice(model, await choosePrecision(config, model), config.PRECISION);
}

export type Opening = 'file' | 'child';

/** Each in a process of its own, like the children of the server. */
export async function openBareSession(
  model: ReadyModel,
  { precision, threads, as }: { readonly precision: Precision; readonly threads: number; readonly as: Opening },
): Promise<BareSession> {
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
  const form = inPrecision(model, precision);
  await ask({ model: as === 'child' ? form : { ...form, wideConvs: 'direct' }, threads });
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
  let input: ModelInput = new Uint8Array();
  process.on('message', async (order: Order) => {
    if ('model' in order) {
      session = await openOrtSession(order);
      input = session.prepare(Uint8Array.from({ length: 3 * session.inputSize ** 2 }, (_, i) => (i * 7919) % 255));
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
