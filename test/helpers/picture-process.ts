/** Whether processes live, for tests that end them. */
import { readFileSync } from 'node:fs';

/** A zombie is gone: only its parent's bookkeeping is left. */
export function isProcessGone(pid: number): boolean {
  try {
    if (process.platform === 'linux') return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** Looks every 20 ms until `find` gives a value; throws after the deadline. */
export async function waitFor<T>(
  what: string,
  find: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 20_000,
): Promise<T> {
  for (const startedAt = performance.now(); performance.now() - startedAt < deadlineMs; ) {
    const found = await find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited ${deadlineMs} ms in vain for ${what}.`);
}
