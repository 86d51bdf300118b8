/**
 * Lets one process at a time pull a model while the others wait for its result. It only saves the second download:
 * should two get through (a clock that jumped, a shared disk), every file is still written under a name of its own.
 */
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { createTemporaryPath } from './durable-file.ts';

const BEAT_MS = 5_000;
/** Six missed beats: longer than any pause of a healthy process. */
const STALE_MS = 30_000;
const POLL_MS = 200;

async function tryCreateLock(lockPath: string): Promise<boolean> {
  try {
    const file = await open(lockPath, 'wx');
    await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isProcessGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function isLockAbandoned(lockPath: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(lockPath);
    if (Date.now() - mtimeMs > STALE_MS) return true;
    const owner: unknown = JSON.parse(await readFile(lockPath, 'utf8'));
    const { pid, host } = (owner ?? {}) as { pid?: unknown; host?: unknown };
    return typeof pid === 'number' && host === hostname() && isProcessGone(pid);
  } catch {
    // Released, or not yet written: the next look will tell.
    return false;
  }
}

/** By rename, so that of several who find it abandoned one removes it. */
async function removeAbandonedLock(lockPath: string): Promise<void> {
  const aside = createTemporaryPath(lockPath);
  await rename(lockPath, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

export async function withPullLock<T>(
  lockPath: string,
  options: { readonly signal: AbortSignal; onWait(): void },
  work: () => Promise<T>,
): Promise<T> {
  while (!(await tryCreateLock(lockPath))) {
    options.onWait();
    if (await isLockAbandoned(lockPath)) await removeAbandonedLock(lockPath);
    else await delay(POLL_MS, undefined, { signal: options.signal });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lockPath, now, now).catch(() => undefined);
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(lockPath, { force: true });
  }
}
