/** remuvr worker: takes jobs from the queue of a server elsewhere, or beside it. */
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { describeWorker, openRunner } from '../platform/engine.ts';
import { openMetrics, openServiceContext } from '../platform.ts';
import { startAnnouncing } from '../worker/announce.ts';
import { startHousekeeping } from '../worker/housekeeping.ts';
import { startWorkerLoop } from '../worker/loop.ts';
import { demandOwnStorage } from './hold-to-storage.ts';
import { listenForMetrics } from './listen-for-metrics.ts';
import { loadModel } from './load-model.ts';
import { createShutdown } from './shutdown.ts';
import { openTracedLog } from './terminal.ts';
import { readVersion } from './version.ts';

async function work(): Promise<void> {
  const config = loadConfig();
  const { log, traces } = await openTracedLog(config);
  const shutdown = createShutdown(log);
  shutdown.add(() => traces.close());
  try {
    const metrics = await openMetrics(config);
    const model = await loadModel(config, shutdown.signal);
    const runner = await openRunner(config, model, log, { metrics });
    shutdown.add(() => runner.close(0));
    const { ctx, close } = await openServiceContext(config, 'worker', log, { metrics, traces });
    shutdown.add(close);
    await demandOwnStorage(ctx, shutdown);
    await listenForMetrics(config, ctx, runner, shutdown);
    await runner.ready();
    const loop = startWorkerLoop(ctx, runner);
    const facts = describeWorker(config, model, readVersion());
    shutdown.add(startAnnouncing({ ctx, runner, loop, facts }));
    shutdown.add(startHousekeeping(ctx));
    shutdown.add(() => loop.drain(config.DRAIN_TIMEOUT * 1000));
    process.stdout.write(`The worker takes jobs, up to ${runner.capacity} at once.\n`);
    await shutdown.requested;
  } catch (error) {
    // Asked to end while it started: what was broken off by that is no failure.
    if (!shutdown.signal.aborted) throw error;
  } finally {
    await shutdown.close();
  }
}

export function addWorkerCommand(program: Command): void {
  program.command('worker').description('take jobs from the queue, without HTTP').action(work);
}
