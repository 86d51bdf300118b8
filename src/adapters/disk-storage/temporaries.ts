/** The folder of files that are under way to a storage. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Begins with a dot, so that no key can name it. */
const TEMPORARY = '.tmp';

/** No file is under way for longer; what is older was left by a process that died. */
const TEMPORARY_AGE_MS = 3 * 3600_000;

/** Below `root`, which is made where it is missing. What dead processes left is removed. Returns what names a fresh file. */
export async function openTemporaries(root: string): Promise<() => string> {
  const folder = path.join(root, TEMPORARY);
  await mkdir(folder, { recursive: true });
  // Pictures are their owner's alone, and a result's name is the permission to fetch it: nobody else may list them.
  await chmod(root, 0o700);
  await sweep(folder);
  return () => path.join(folder, randomUUID());
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    // Another process may sweep at the same time.
    const found = await stat(file).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > TEMPORARY_AGE_MS) await rm(file, { force: true });
  }
}
