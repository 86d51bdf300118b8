/** The remover of this machine: the model, in child processes. */
import path from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { RemovalOptions } from '../../domain/removal-options.ts';
import { openRunner } from '../../platform/engine.ts';
import { loadModel } from '../load-model.ts';
import type { Remover } from './remover.ts';

/** `most`: how many pictures there are at most at once. */
export async function openLocalRemover(
  config: Config,
  log: Logger,
  options: RemovalOptions,
  most: number,
): Promise<Remover> {
  const runner = await openRunner(config, await loadModel(config), log, most);
  const request = { ...options, isWatermarked: false, maxPixels: config.MAX_PIXELS };
  try {
    await runner.ready();
  } catch (error) {
    await runner.close(0);
    throw error;
  }
  return {
    parallel: runner.capacity,
    async remove(input, output) {
      const order = { inputPath: path.resolve(input), outputPath: path.resolve(output), request };
      const first = await runner.run(order);
      const outcome = first.kind === 'crashed' ? await runner.run(order) : first;
      if (outcome.kind === 'done') return { confidence: outcome.report.confidence };
      return { error: outcome.kind === 'failed' ? outcome.message : outcome.reason };
    },
    close: () => runner.close(0),
  };
}
