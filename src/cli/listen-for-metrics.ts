/** The port of /metrics, where there is to be one, beside a server or a worker. */
import type { Config } from '../config.ts';
import { startMetrics } from '../http/metrics.ts';
import type { ServiceContext } from '../services/context.ts';
import type { ChildPool } from '../worker/child-pool.ts';
import { listenFailure } from './listen-failure.ts';
import type { Shutdown } from './shutdown.ts';

/** `runner`: undefined where no picture is worked on. */
export async function listenForMetrics(
  { METRICS_PORT: port, HOST: host }: Config,
  ctx: ServiceContext,
  runner: Pick<ChildPool, 'readMemory'> | undefined,
  shutdown: Shutdown,
): Promise<void> {
  if (port === undefined) return;
  const children = runner && { readChildren: () => runner.readMemory() };
  try {
    shutdown.add(await startMetrics(ctx, { port, host, ...children }));
  } catch (error) {
    throw listenFailure(error, 'METRICS_PORT', port, host);
  }
}
