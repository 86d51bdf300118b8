/**
 * Locks on files that the kernel holds for this process and drops when it dies, however it dies.
 *
 * A file with a pid in it would need a guess whether that pid is still the same process, and two processes that find it
 * dead at once would race to replace it; a pid also means nothing in another container on the same volume. The
 * kernel's flock knows none of these troubles: it belongs to the open file, across pid namespaces. Node has no call for
 * it, so on Linux the `flock` program (util-linux, BusyBox) locks a descriptor that it inherits: the lock belongs to
 * the shared open file description and stays when that program exits (3 ms a try). macOS and the BSDs lock in open(2).
 * An abstract Unix socket would do without the program, but every container has its own name space for them.
 *
 * A locked file is never deleted: whoever had it open would go on to lock a file that nobody else sees.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataDirError, errorCode } from './errors.ts';

export type LockMode = 'exclusive' | 'shared';

/** A descriptor, not a FileHandle: the garbage collector closes those, and the lock would go with it. */
export type FileLock = { readonly fd: number; release(): void };

/** O_SHLOCK and O_EXLOCK of the BSDs; Node passes them on, but does not name them. */
const BSD_FLAG = { shared: 0x10, exclusive: 0x20 } as const;
const LOCK_FILE_MODE = 0o600;
const RETRY_MS = 50;

/** Undefined while another process, or another lock of this one, stands against it. Never waits. */
export function tryLockFile(path: string, mode: LockMode): FileLock | undefined {
  const fd = process.platform === 'linux' ? openAndLockOnLinux(path, mode) : openLockedOnBsd(path, mode);
  if (fd === undefined) return undefined;
  let isReleased = false;
  const release = () => {
    if (!isReleased) closeSync(fd);
    isReleased = true;
  };
  return { fd, release };
}

/** Undefined when the time is up. */
export async function waitForFileLock(path: string, mode: LockMode, timeoutMs: number): Promise<FileLock | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const lock = tryLockFile(path, mode);
    if (lock || performance.now() > deadline) return lock;
    await sleep(RETRY_MS);
  }
}

function openAndLockOnLinux(path: string, mode: LockMode): number | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, LOCK_FILE_MODE);
  const result = spawnSync('flock', [mode === 'shared' ? '-s' : '-x', '-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
  });
  if (result.status === 0) return fd;
  closeSync(fd);
  if (result.status === 1) return undefined;
  const reason = result.error
    ? 'the program flock (package util-linux) is not installed'
    : result.stderr.toString().trim() || `flock was ended by ${result.signal}`;
  throw new DataDirError(`The lock ${path} cannot be taken: ${reason}.`, { cause: result.error });
}

function openLockedOnBsd(path: string, mode: LockMode): number | undefined {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | BSD_FLAG[mode];
  try {
    return openSync(path, flags, LOCK_FILE_MODE);
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
