/** Before any test: the real weights, and which form of them runs here, so that no test's time limit meets either. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { modelsDir } from './model-cache.ts';

const REMUVR = fileURLToPath(new URL('../../bin/remuvr', import.meta.url));

export default async function pullModel(): Promise<void> {
  const env = { ...process.env, MODELS_DIR: modelsDir, MODEL: 'isnet', PRECISION: 'auto' };
  await promisify(execFile)(REMUVR, ['models', 'pull'], { env });
}
