/** `remuvr worker` with so many children that only wait where others infer. For more workers than there are cores. */
import { fileURLToPath } from 'node:url';
import { createLog } from '../src/cli/terminal.ts';
import { loadConfig } from '../src/config.ts';
import { openServiceContext } from '../src/platform.ts';
import { NO_METRICS } from '../src/ports/metrics.ts';
import { NO_TRACES } from '../src/ports/traces.ts';
import { createChildPool } from '../src/worker/child-pool.ts';
import { startWorkerLoop } from '../src/worker/loop.ts';

const children = Number(process.argv[2]);
const config = loadConfig();
const log = createLog(config);
const runner = createChildPool({
  childModule: fileURLToPath(new URL('simulated-child.ts', import.meta.url)),
  execArgv: ['--import', import.meta.resolve('tsx')],
  env: process.env,
  size: children,
  threads: children,
  jobTimeoutMs: config.JOB_TIMEOUT * 1000,
  memoryLimitMiB: config.CHILD_MEMORY,
  log: ({ level, message, ...fields }) => log[level](fields, message),
});
const { ctx, close } = await openServiceContext(config, 'worker', log, { metrics: NO_METRICS, traces: NO_TRACES });
await runner.ready();
const loop = startWorkerLoop(ctx, runner);
process.stdout.write('The worker takes jobs.\n');
await new Promise((resolve) => process.once('SIGTERM', resolve));
await loop.drain(config.DRAIN_TIMEOUT * 1000);
await close();
