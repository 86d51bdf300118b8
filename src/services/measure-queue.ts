/** The queue and the workers as they are now, for whoever reads the metrics: the same from every server, for they are in the database. */
import { countQueueByPlan } from '../store/admin.ts';
import { listLiveWorkers } from '../store/workers.ts';
import type { ServiceContext } from './context.ts';

type Measuring = Pick<ServiceContext, 'database' | 'plans' | 'metrics'>;

const OF_ONE_WORKER = ['remuvr_worker_threads', 'remuvr_worker_jobs', 'remuvr_worker_memory_bytes'] as const;

/** What is not known is not told: values of before the outage would hide it. Throws what the database threw. */
export async function measureCluster(measuring: Measuring): Promise<void> {
  const { metrics } = measuring;
  for (const name of ['remuvr_queue_jobs', 'remuvr_queue_wait_seconds', 'remuvr_workers', ...OF_ONE_WORKER] as const) {
    metrics.clear(name);
  }
  metrics.set('remuvr_database_up', {}, 0);
  await measureQueue(measuring);
  await measureWorkers(measuring);
  metrics.set('remuvr_database_up', {}, 1);
}

async function measureQueue({ database, plans, metrics }: Measuring): Promise<void> {
  const lengths = new Map((await countQueueByPlan(database)).map((length) => [length.plan, length]));
  for (const plan of new Set([...plans.keys(), ...lengths.keys()])) {
    const { queued = 0, running = 0, oldestSeconds = 0 } = lengths.get(plan) ?? {};
    metrics.set('remuvr_queue_jobs', { plan, state: 'queued' }, queued);
    metrics.set('remuvr_queue_jobs', { plan, state: 'running' }, running);
    metrics.set('remuvr_queue_wait_seconds', { plan }, oldestSeconds);
  }
}

async function measureWorkers({ database, metrics }: Measuring): Promise<void> {
  const workers = await listLiveWorkers(database);
  for (const { host, pid, state, model, version, threads, jobsDone, memoryMib } of workers) {
    const worker = `${host}:${pid}`;
    metrics.add('remuvr_workers', { state, model, version }, 1);
    metrics.set('remuvr_worker_threads', { worker }, threads);
    metrics.set('remuvr_worker_jobs', { worker }, jobsDone);
    metrics.set('remuvr_worker_memory_bytes', { worker }, memoryMib * 1024 * 1024);
  }
}
