/** What is free on the disks that this process writes to, for whoever reads the metrics. */
import { statfs } from 'node:fs/promises';
import type { Metrics } from '../ports/metrics.ts';

export type Folders = { readonly data: string; readonly objects: string };

export async function measureDisk(metrics: Metrics, folders: Folders): Promise<void> {
  for (const [folder, path] of Object.entries(folders)) {
    const { bavail, bsize } = await statfs(path);
    metrics.set('remuvr_disk_free_bytes', { folder }, bavail * bsize);
  }
}
