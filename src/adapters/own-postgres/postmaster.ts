/** One postmaster on a cluster: started, awaited, stopped. All of it is called under the control lock alone. */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresBinaries } from './binaries.ts';
import { diskFullError } from './cluster.ts';
import { explainFolderError, OwnPostgresError } from './errors.ts';
import { findPostmaster, type Postmaster, readPidFile } from './find-postmaster.ts';
import { makeSocketDir, type PostgresLayout, SOCKET_PORT } from './layout.ts';
import { rotateLog } from './log-file.ts';
import { endSurvivors, isStillRunning, type ProcessIdentity, waitForExit } from './process-identity.ts';
import { asUser, type RunAs } from './run-as.ts';
import { isDiskFull, pickLine } from './run-program.ts';

export type PostmasterContext = {
  readonly layout: PostgresLayout;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
};

type Attempt = { readonly kind: 'started'; readonly postmaster: Postmaster } | { readonly kind: 'occupied' };

/** Recovery of 256 MB of log took under 5 s on 2 cores; a postmaster that is silent for so long hangs. */
const READY_WITHIN_MS = 60_000;
/** After kill -9 of a postmaster its idle children end at once by themselves; one in a long query does not look. */
const SURVIVORS_END_WITHIN_MS = 1_000;
const SURVIVORS_GONE_WITHIN_MS = 20_000;
const POLL_MS = 10;
const LOG_TAIL_BYTES = 16_384;

type StopSteps = readonly (readonly [signal: NodeJS.Signals, timeoutMs: number])[];

/** SIGINT cuts clients off and writes a checkpoint; SIGQUIT does not tidy up, and the next start recovers. */
export const FAST_STOP: StopSteps = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];
/** SIGTERM first: clients that no lock tells of, such as a psql, may finish. */
export const GENTLE_STOP: StopSteps = [['SIGTERM', 3_000], ...FAST_STOP];

/**
 * Measured on 2 cores: 0.1 s to start, 0.03 s to adopt, 0.3 s from a kill -9 to the first answer of the next one. Idle,
 * the postmaster has 21 MB resident, and all its processes together, shared pages counted once, 24 MB.
 */
export async function ensureRunning(context: PostmasterContext, wantedSocketDir?: string): Promise<Postmaster> {
  const socketDir = wantedSocketDir ?? context.layout.socketDir;
  const startedAt = performance.now();
  const isOver = (limitMs: number) => performance.now() - startedAt > limitMs;
  let isOccupied = false;
  for (;;) {
    const found = await findPostmaster(context.layout.clusterDir, socketDir);
    if (found.kind === 'running') return found.postmaster;
    if (found.kind === 'busy') {
      if (isOver(READY_WITHIN_MS)) await stopProcess(found.identity, FAST_STOP);
    } else {
      if (isOccupied && isOver(SURVIVORS_END_WITHIN_MS)) endSurvivors(context.layout.clusterDir);
      const attempt = await startPostmaster(context, socketDir, found.stalePid);
      if (attempt.kind === 'started') return attempt.postmaster;
      isOccupied = true;
      if (isOver(SURVIVORS_GONE_WITHIN_MS)) {
        throw new OwnPostgresError(
          `Processes of an earlier PostgreSQL still use ${context.layout.clusterDir}: end them, then start again.`,
        );
      }
    }
    await sleep(50);
  }
}

/** Whichever there is by now. True when it is gone; one in another container is left to those there. */
export async function stopRunning(context: PostmasterContext, socketDir: string, steps: StopSteps): Promise<boolean> {
  const found = await findPostmaster(context.layout.clusterDir, socketDir);
  const identity =
    found.kind === 'running' ? found.postmaster.identity : found.kind === 'busy' ? found.identity : undefined;
  return identity === undefined || stopProcess(identity, steps);
}

async function stopProcess(identity: ProcessIdentity, steps: StopSteps): Promise<boolean> {
  for (const [signal, timeoutMs] of steps) {
    if (!isStillRunning(identity)) return true;
    try {
      process.kill(identity.pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
    if (await waitForExit(identity, timeoutMs)) return true;
  }
  return false;
}

/**
 * A dead postmaster.pid is left to PostgreSQL, which by it also finds shared memory that children of the dead one still
 * use. Only a pid that is by now another process would stop it: PG_GRANDPARENT_PID, made for pg_ctl, is the pid that it
 * does not take for a postmaster.
 */
async function startPostmaster(
  context: PostmasterContext,
  socketDir: string,
  stalePid: number | undefined,
): Promise<Attempt> {
  const { layout, binaries, runAs } = context;
  makeSocketDir(socketDir, runAs);
  for (const suffix of ['', '.lock']) rmSync(path.join(socketDir, `.s.PGSQL.${SOCKET_PORT}${suffix}`), { force: true });
  const logFd = openLog(layout);
  try {
    const logStart = fstatSync(logFd).size;
    const { file, args, ...user } = asUser(runAs, {
      file: binaries.postgres,
      args: postmasterArguments(layout, socketDir),
    });
    const env = stalePid === undefined ? binaries.env : { ...binaries.env, PG_GRANDPARENT_PID: String(stalePid) };
    // Its own session, so that the terminal's Ctrl-C misses it; its log a file, so that it outlives our death by kill -9.
    const child = spawn(file, args, { ...user, cwd: '/', env, detached: true, stdio: ['ignore', logFd, logFd] });
    const end: { failure?: string } = {};
    child.once('error', (error) => {
      end.failure = error.message;
    });
    child.once('exit', (code, signal) => {
      end.failure = `it ended with ${signal ?? code}`;
    });
    child.unref();
    const deadline = performance.now() + READY_WITHIN_MS;
    while (end.failure === undefined && performance.now() < deadline) {
      if (child.pid !== undefined && readPidFile(layout.clusterDir)?.pid === child.pid) {
        const found = await findPostmaster(context.layout.clusterDir, socketDir);
        if (found.kind === 'running') return { kind: 'started', postmaster: found.postmaster };
      }
      await sleep(POLL_MS);
    }
    if (end.failure === undefined) child.kill('SIGQUIT');
    end.failure ??= `it was not ready within ${READY_WITHIN_MS / 1000} s`;
    return explainFailedStart(layout, readFrom(layout.logFile, logStart) || end.failure);
  } finally {
    closeSync(logFd);
  }
}

function postmasterArguments(layout: PostgresLayout, socketDir: string): readonly string[] {
  const settings = {
    listen_addresses: '',
    port: String(SOCKET_PORT),
    // A list of quoted names: folders may hold commas and spaces.
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    logging_collector: 'off',
    log_destination: 'stderr',
    fsync: 'on',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', layout.clusterDir, ...options];
}

function openLog(layout: PostgresLayout): number {
  try {
    rotateLog(layout.logFile);
    return openSync(layout.logFile, 'a', 0o600);
  } catch (error) {
    throw explainFolderError(error, layout.dataDir);
  }
}

function explainFailedStart(layout: PostgresLayout, output: string): Attempt {
  if (/lock file "[^"]*" already exists|pre-existing shared memory block/.test(output)) return { kind: 'occupied' };
  if (isDiskFull(output)) throw diskFullError(layout.dataDir);
  throw new OwnPostgresError(`PostgreSQL did not start: ${pickLine(output)} (more in ${layout.logFile}).`);
}

function readFrom(file: string, start: number): string {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(LOG_TAIL_BYTES);
    const from = Math.max(start, fstatSync(fd).size - LOG_TAIL_BYTES);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, LOG_TAIL_BYTES, from));
  } finally {
    closeSync(fd);
  }
}
