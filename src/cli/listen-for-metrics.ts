/** The port for operators, where there is to be one, beside a server or a worker. */
import type { Config } from '../config.ts';
import type { ReadinessChecks } from '../http/health.ts';
import { startMetrics } from '../http/metrics.ts';
import { checkDatabase } from '../services/check-database.ts';
import type { ServiceContext } from '../services/context.ts';
import type { ChildPool } from '../worker/child-pool.ts';
import { listenFailure } from './listen-failure.ts';
import type { Shutdown } from './shutdown.ts';

/** What has to work before requests are answered, or jobs done. `runner`: undefined where no picture is worked on. */
export function composeChecks(ctx: ServiceContext, runner: Pick<ChildPool, 'ready'> | undefined): ReadinessChecks {
  return {
    database: () => checkDatabase(ctx),
    storage: () => ctx.storage.check(),
    ...(runner ? { model: () => runner.ready() } : {}),
  };
}

export async function listenForMetrics(
  { METRICS_PORT: port, HOST: host, DATA_DIR: data, objectsDir: objects }: Config,
  ctx: ServiceContext,
  runner: Pick<ChildPool, 'readMemory' | 'ready'> | undefined,
  shutdown: Shutdown,
): Promise<void> {
  if (port === undefined) return;
  const children = runner && { readChildren: () => runner.readMemory() };
  try {
    const checks = composeChecks(ctx, runner);
    shutdown.add(await startMetrics(ctx, { port, host, checks, folders: { data, objects }, ...children }));
  } catch (error) {
    throw listenFailure(error, 'METRICS_PORT', port, host);
  }
}
