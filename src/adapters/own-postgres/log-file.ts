/** The log of PostgreSQL, kept to about two files of 10 MB. */
import { copyFileSync, statSync, truncateSync } from 'node:fs';

const LARGEST_LOG_BYTES = 10_000_000;

/** Copied and emptied, not renamed: PostgreSQL goes on appending to the file that it was given. */
export function rotateLog(logFile: string, largestBytes = LARGEST_LOG_BYTES): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= largestBytes) return;
  copyFileSync(logFile, `${logFile}.1`);
  truncateSync(logFile);
}
