/** What this process and its pipeline children hold, for whoever reads the metrics. */
import type { Metrics } from '../ports/metrics.ts';

/** MiB of each child, where this process has children. */
export type ReadChildren = () => Promise<readonly number[]>;

export async function measureMemory(metrics: Metrics, readChildren: ReadChildren | undefined): Promise<void> {
  metrics.set('remuvr_memory_bytes', { kind: 'main' }, process.memoryUsage.rss());
  if (!readChildren) return;
  const children = await readChildren();
  metrics.set('remuvr_children', {}, children.length);
  const bytes = children.reduce((sum, mib) => sum + mib * 1024 * 1024, 0);
  metrics.set('remuvr_memory_bytes', { kind: 'children' }, bytes);
}
