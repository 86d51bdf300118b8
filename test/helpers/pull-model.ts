/** Before any test: the real weights, so that no test's time limit meets the download. */
import { cachedModelsDir } from './model-cache.ts';

export default async function pullModel(): Promise<void> {
  await cachedModelsDir();
}
