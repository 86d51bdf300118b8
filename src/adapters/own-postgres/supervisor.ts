/** Keeps a postmaster alive while the server lives: a dead one is started again, sooner at first than later. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Postmaster } from './find-postmaster.ts';
import { rotateLog } from './log-file.ts';
import { isStillRunning } from './process-identity.ts';

export type Supervisor = {
  readonly postmaster: Postmaster;
  /** Resolves when no restart is under way any more. */
  stop(): Promise<void>;
};

const LOOK_EVERY_MS = 100;
const ROTATE_EVERY_MS = 30_000;
const LONGEST_PAUSE_MS = 10_000;

/** `restart` throws where it failed; it is tried again for as long as the server lives: a full disk may be emptied. */
export function supervisePostmaster(options: {
  readonly postmaster: Postmaster;
  readonly logFile: string;
  readonly restart: (socketDir: string) => Promise<Postmaster>;
  readonly log: (line: string) => void;
  readonly onRestart?: ((pid: number) => void) | undefined;
}): Supervisor {
  const { logFile, restart, log, onRestart } = options;
  let postmaster = options.postmaster;
  const stopping = new AbortController();

  const bringBack = async () => {
    for (let pauseMs = LOOK_EVERY_MS; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        postmaster = await restart(postmaster.socketDir);
        log(`PostgreSQL runs again (process ${postmaster.pid})`);
        onRestart?.(postmaster.pid);
        return;
      } catch (error) {
        log(`PostgreSQL could not be started again: ${error instanceof Error ? error.message : String(error)}`);
        await pause(pauseMs);
      }
    }
  };
  // Unreferenced: looking after it is no reason to keep the server's process.
  const pause = (ms: number) => sleep(ms, undefined, { ref: false, signal: stopping.signal }).catch(() => {});

  const watch = async () => {
    let rotatedAt = performance.now();
    while (!stopping.signal.aborted) {
      await pause(LOOK_EVERY_MS);
      const isDead = postmaster.identity !== undefined && !isStillRunning(postmaster.identity);
      if (isDead && !stopping.signal.aborted) {
        log(`PostgreSQL (process ${postmaster.pid}) ended unexpectedly`);
        await bringBack();
      }
      if (performance.now() - rotatedAt > ROTATE_EVERY_MS) {
        rotatedAt = performance.now();
        tryRotate(logFile, log);
      }
    }
  };
  const watching = watch();

  return {
    get postmaster() {
      return postmaster;
    },
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

function tryRotate(logFile: string, log: (line: string) => void): void {
  try {
    rotateLog(logFile);
  } catch (error) {
    log(`${logFile} could not be rotated: ${error instanceof Error ? error.message : String(error)}`);
  }
}
