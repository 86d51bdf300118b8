/** The real weights for the tests: pulled once into a folder that outlives a checkout, however many processes ask. */
import { homedir } from 'node:os';
import path from 'node:path';
import { createModelFiles } from '../../src/adapters/model-files.ts';
import { MODELS, type ReadyModel } from '../../src/domain/model.ts';

export const modelsDir = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'remuvr', 'models');

let ready: Promise<ReadyModel> | undefined;

/** The default model, ready to be loaded. */
export function cachedModel(): Promise<ReadyModel> {
  const files = createModelFiles({ modelsDir, env: process.env });
  ready ??= files.find(MODELS.isnet).then((found) => found ?? files.pull(MODELS.isnet));
  return ready;
}

/** The folder to give as MODELS_DIR. */
export async function cachedModelsDir(): Promise<string> {
  await cachedModel();
  return modelsDir;
}
