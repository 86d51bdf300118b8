/** What is free on the disks that this process writes to, for whoever reads the metrics. */
import { statfs } from 'node:fs/promises';
import type { Metrics } from '../ports/metrics.ts';

export type Folders = { readonly data: string; readonly objects: string };

/** Of the disk that the folder lies on: what a user without privileges may still write. */
export async function readFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

export async function measureDisk(metrics: Metrics, folders: Folders): Promise<void> {
  for (const [folder, path] of Object.entries(folders)) {
    metrics.set('remuvr_disk_free_bytes', { folder }, await readFreeBytes(path));
  }
}
