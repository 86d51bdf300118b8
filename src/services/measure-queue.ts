/** The queue as it is now, for whoever reads the metrics: the same from every server, for it is in the database. */
import { measureQueue as readQueue } from '../store/admin.ts';
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
