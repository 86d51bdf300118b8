/** Before any test: the real weights, and which form of them runs here, so that no test's time limit meets either. */
import { parseConfig } from '../../src/config.ts';
import { choosePrecision } from '../../src/platform.ts';
import { cachedModel, cachedModelsDir } from './model-cache.ts';

export default async function pullModel(): Promise<void> {
  await choosePrecision(parseConfig({ MODELS_DIR: await cachedModelsDir() }), await cachedModel());
}
