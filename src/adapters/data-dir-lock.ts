/** The claim of one server on a DATA_DIR: at most one process holds it, and its death gives it up. */
import { ftruncateSync, mkdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataDirError, errorCode, explainFolderError } from './own-postgres/errors.ts';
import { tryLockFile } from './own-postgres/file-lock.ts';
import { identifyProcess } from './own-postgres/process-identity.ts';

export { DataDirError };

export type DataDirLock =
  | { readonly kind: 'acquired'; release(): Promise<void> }
  /** Host and pid as the holder sees them: in another container the pid means nothing here. */
  | { readonly kind: 'held'; readonly holder: DataDirHolder | undefined };

export type DataDirHolder = { readonly pid: number; readonly host: string };

const HOLDER_WRITES_WITHIN_MS = 500;

/**
 * Creates DATA_DIR if need be. Throws DataDirError where it cannot be written.
 * The name in the lock file is only for the message to the operator; the kernel's lock alone decides (see file-lock.ts).
 */
export async function acquireDataDirLock(dataDir: string): Promise<DataDirLock> {
  const lockFile = path.join(dataDir, 'run', 'server.lock');
  try {
    makeDataDir(dataDir);
    const lock = tryLockFile(lockFile, 'exclusive');
    if (!lock) return { kind: 'held', holder: await readHolder(lockFile) };
    ftruncateSync(lock.fd);
    writeSync(lock.fd, `${process.pid} ${hostname()}\n`, 0);
    const release = async () => lock.release();
    return { kind: 'acquired', release };
  } catch (error) {
    throw explainFolderError(error, dataDir);
  }
}

/**
 * DATA_DIR is private, but when root makes it, another user's PostgreSQL must pass through it to its own folder:
 * hence 0711 there, by which nobody else can list it.
 */
export function makeDataDir(dataDir: string): void {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  makeFolder(path.resolve(dataDir), mode);
  makeFolder(path.join(dataDir, 'run'), mode);
}

/** As mkdirSync does with `recursive`, which however reports a read-only file system as ENOENT. */
function makeFolder(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isThere) return;
    if (errorCode(error) !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    makeFolder(path.dirname(folder), mode);
    mkdirSync(folder, { mode });
  }
}

/** The file is locked a moment before it is written, and may still name the holder before: one of this host must be alive. */
async function readHolder(lockFile: string): Promise<DataDirHolder | undefined> {
  const deadline = performance.now() + HOLDER_WRITES_WITHIN_MS;
  for (;;) {
    const [pid, host] = readFileSync(lockFile, 'utf8').trim().split(' ');
    const holder = pid && host ? { pid: Number(pid), host } : undefined;
    if (holder && (holder.host !== hostname() || identifyProcess(holder.pid))) return holder;
    if (performance.now() > deadline) return undefined;
    await sleep(20);
  }
}
