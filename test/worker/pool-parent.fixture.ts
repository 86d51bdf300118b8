/** A server in small, to be killed: it gives the orders named in its arguments to a pool, and waits. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_REMOVAL_OPTIONS } from '../../src/domain/removal-options.ts';
import { createChildPool } from '../../src/worker/child-pool.ts';

const inputPaths = process.argv.slice(2);
const pool = createChildPool({
  childModule: path.join(path.dirname(fileURLToPath(import.meta.url)), 'pool-child.fixture.ts'),
  execArgv: process.execArgv,
  env: process.env,
  size: inputPaths.length,
  threads: 2,
  jobTimeoutMs: 600_000,
  memoryLimitMiB: 4096,
  log: () => undefined,
});
for (const inputPath of inputPaths) {
  const request = { ...DEFAULT_REMOVAL_OPTIONS, isWatermarked: false, maxPixels: 1 };
  void pool.run({ inputPath, outputPath: `${inputPath}.out`, request });
}
