/** The remover of this machine: the model, in child processes. */
import path from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import { openRunner } from '../../platform/engine.ts';
import type { PipelineRunner } from '../../ports/pipeline-runner.ts';
import { readMegapixelsOf } from '../../services/read-megapixels.ts';
import { loadModel } from '../load-model.ts';
import type { LocalOrder } from './local-order.ts';
import type { Outcome, Remover } from './remover.ts';

/** Resolves when it is ready. `most`: how many pictures there are at most at once. */
export async function openLocalRunner(config: Config, log: Logger, most: number): Promise<PipelineRunner> {
  const runner = await openRunner(config, await loadModel(config), log, { most });
  try {
    await runner.ready();
    return runner;
  } catch (error) {
    await runner.close(0);
    throw error;
  }
}

export async function runLocally(
  runner: PipelineRunner,
  config: Config,
  input: string,
  output: string,
  { options, backgroundPath }: LocalOrder,
): Promise<Outcome> {
  const request = { ...options, isWatermarked: false, maxPixels: config.MAX_PIXELS };
  // What cannot be read is told by whoever works on it.
  const megapixels = await readMegapixelsOf([input, backgroundPath], config.MAX_PIXELS).catch(() => 0);
  const order = {
    inputPath: path.resolve(input),
    outputPath: path.resolve(output),
    megapixels,
    backgroundPath,
    request,
  };
  const first = await runner.run(order);
  const outcome = first.kind === 'crashed' ? await runner.run(order) : first;
  if (outcome.kind === 'done') return { confidence: outcome.report.confidence };
  if (outcome.kind === 'no_room') return { error: 'The disk is full.' };
  return { error: outcome.kind === 'failed' ? outcome.message : outcome.reason };
}

export async function openLocalRemover(config: Config, log: Logger, work: LocalOrder, most: number): Promise<Remover> {
  const runner = await openLocalRunner(config, log, most);
  return {
    parallel: runner.capacity,
    remove: (input, output) => runLocally(runner, config, input, output, work),
    close: () => runner.close(0),
  };
}
