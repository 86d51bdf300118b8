/** The queue and the workers as they are now, for whoever reads the metrics: the same from every server, for they are in the database. */
import { measureQueue as readQueue } from '../store/admin.ts';
import { listLiveWorkers } from '../store/workers.ts';
import type { ServiceContext } from './context.ts';

type Measuring = Pick<ServiceContext, 'database' | 'plans' | 'metrics'>;

export async function measureQueue({ database, plans, metrics }: Measuring): Promise<void> {
  const lengths = new Map((await readQueue(database)).map((length) => [length.plan, length]));
  metrics.clear('remuvr_queue_jobs');
  metrics.clear('remuvr_queue_wait_seconds');
  for (const plan of new Set([...plans.keys(), ...lengths.keys()])) {
    const { queued = 0, running = 0, oldestSeconds = 0 } = lengths.get(plan) ?? {};
    metrics.set('remuvr_queue_jobs', { plan, state: 'queued' }, queued);
    metrics.set('remuvr_queue_jobs', { plan, state: 'running' }, running);
    metrics.set('remuvr_queue_wait_seconds', { plan }, oldestSeconds);
  }
}

const OF_ONE_WORKER = ['remuvr_worker_threads', 'remuvr_worker_jobs', 'remuvr_worker_memory_bytes'] as const;

export async function measureWorkers({ database, metrics }: Measuring): Promise<void> {
  const workers = await listLiveWorkers(database);
  for (const name of ['remuvr_workers', ...OF_ONE_WORKER] as const) metrics.clear(name);
  for (const { host, pid, state, model, version, threads, jobsDone, memoryMib } of workers) {
    const worker = `${host}:${pid}`;
    metrics.add('remuvr_workers', { state, model, version }, 1);
    metrics.set('remuvr_worker_threads', { worker }, threads);
    metrics.set('remuvr_worker_jobs', { worker }, jobsDone);
    metrics.set('remuvr_worker_memory_bytes', { worker }, memoryMib * 1024 * 1024);
  }
}
