/** A worker says again and again that it lives, and what it does: the other processes have no other way to know. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { WorkerIdentity, WorkerState } from '../domain/worker.ts';
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { announceWorker, BEAT_MS, withdrawWorker } from '../services/worker-roster.ts';
import type { ChildPool } from './child-pool.ts';
import type { WorkerLoop } from './loop.ts';
import { readResidentMib } from './process-memory.ts';

export type Announcement = {
  readonly ctx: ServiceContext;
  readonly runner: ChildPool;
  readonly loop: WorkerLoop;
  readonly facts: Pick<WorkerIdentity, 'version' | 'model' | 'precision' | 'threads'>;
};

/** Returns the function that ends it, and takes the worker off the list. */
export function startAnnouncing({ ctx, runner, loop, facts }: Announcement): () => Promise<void> {
  const { capacity } = runner;
  const identity = { ...facts, id: randomUUID(), host: hostname(), pid: process.pid, capacity };
  let isReady = false;
  let isEnding = false;
  let underWay: Promise<void> | undefined;

  const announce = async (): Promise<void> => {
    const [own = 0, children] = await Promise.all([readResidentMib(process.pid), runner.readMemory()]);
    const { isDraining, ...activity } = loop.readActivity();
    const state: WorkerState = isDraining ? 'draining' : isReady ? 'ready' : 'starting';
    await announceWorker(ctx, {
      ...identity,
      ...activity,
      state,
      memoryMib: children.reduce((sum, mib) => sum + mib, own),
    });
  };
  const beat = (): void => {
    if (isEnding) return;
    underWay ??= announce()
      .catch((error: unknown) => {
        // Its own silence says that the database is away; others log it.
        if (!isOutage(error)) ctx.log.error({ err: error }, 'the worker could not announce itself');
      })
      .finally(() => {
        underWay = undefined;
      });
  };

  const timer = setInterval(beat, BEAT_MS);
  beat();
  runner.ready().then(
    () => {
      isReady = true;
      beat();
    },
    // Whoever started it hears of that, and ends.
    () => {},
  );
  return async () => {
    isEnding = true;
    clearInterval(timer);
    await underWay;
    await withdrawWorker(ctx, identity).catch((error: unknown) => {
      if (!isOutage(error)) throw error;
    });
  };
}
