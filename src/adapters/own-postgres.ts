/**
 * The program's own PostgreSQL: created on first use, started, kept alive, adopted, and stopped by the last who uses it.
 *
 * Two kernel locks (file-lock.ts) order all processes of one DATA_DIR, and a kill -9 drops both:
 * - control, exclusive, held for a moment: nobody finds, creates, starts, adopts or stops a PostgreSQL without it.
 * - users, shared, taken under control and kept while the PostgreSQL is used, by the server and by commands alike.
 * To close: take control, drop users, try users exclusively. Success says that nobody is left, and the PostgreSQL is
 * stopped, whoever started it; failure leaves it to those others. The races, by that:
 * - A server starts while a command ends: either it has taken users first, and the command leaves the PostgreSQL
 *   alone, or the command has stopped it first, and the server, which had to wait for control, starts one.
 * - Commands at once, on no cluster: the first creates and starts, the others wait for control and join; the last stops.
 * - A server stops while a command runs: the command keeps its PostgreSQL and stops it when it ends.
 * - A process killed with control held leaves a PostgreSQL that starts or stops: the next waits until it did.
 * - A process killed with users held leaves a PostgreSQL without users: the next server adopts it, the next command
 *   stops it after its work.
 * - PostgreSQL dies: the server starts it again under control; where a command was first, the server adopts that one.
 */
import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { copyRunningCluster, placeCluster, readBackupNote } from './own-postgres/backup.ts';
import { findBinaries, type PostgresBinaries } from './own-postgres/binaries.ts';
import { DATABASE, DATABASE_USER, ensureCluster } from './own-postgres/cluster.ts';
import { stopAtExit, stopAtSignals } from './own-postgres/end-with-process.ts';
import { DataDirError, OwnPostgresError } from './own-postgres/errors.ts';
import { type FileLock, tryLockFile, waitForFileLock } from './own-postgres/file-lock.ts';
import type { Postmaster } from './own-postgres/find-postmaster.ts';
import { layOutPostgres, makeSocketDir, type PostgresLayout, SOCKET_PORT } from './own-postgres/layout.ts';
import {
  ensureRunning,
  FAST_STOP,
  GENTLE_STOP,
  type PostmasterContext,
  stopRunning,
} from './own-postgres/postmaster.ts';
import { readExecutable } from './own-postgres/process-identity.ts';
import { choosePostgresUser, chooseRunAs } from './own-postgres/run-as.ts';
import { supervisePostmaster } from './own-postgres/supervisor.ts';

export { DataDirError, OwnPostgresError };

export type OwnPostgres = {
  /** Stays the same when PostgreSQL is restarted, so that a pool needs only to reconnect. */
  readonly connectionString: string;
  /** Of the postmaster; another one after a restart. */
  readonly pid: number;
  /** Close the pools first. Called again, it waits for the first call. */
  stop(): Promise<void>;
};

export type OwnPostgresOptions = {
  readonly dataDir: string;
  readonly postgresBin?: string | undefined;
  /** The server holds the lock of DATA_DIR and supervises; a command only uses, for a short while. */
  readonly role: 'server' | 'command';
  readonly log: (line: string) => void;
  readonly onRestart?: ((pid: number) => void) | undefined;
};

/** Making a cluster, waiting for a recovery and stopping a PostgreSQL that hangs all end well before. */
const CONTROL_WITHIN_MS = 120_000;

type Session = PostmasterContext & { readonly options: OwnPostgresOptions; readonly users: FileLock };

/** Throws OwnPostgresError or DataDirError with the sentence for the operator. */
export async function openOwnPostgres(options: OwnPostgresOptions): Promise<OwnPostgres> {
  const layout = layOutPostgres(options.dataDir);
  return options.role === 'server' ? openForServer(options, layout) : openForCommand(options, layout);
}

/** Throws OwnPostgresError where `folder` cannot take the backup. */
export async function backUpOwnPostgres(options: OwnPostgresOptions, folder: string): Promise<void> {
  const own = await openOwnPostgres(options);
  try {
    const { clusterDir, dataDir } = layOutPostgres(options.dataDir);
    await copyRunningCluster({ connectionString: own.connectionString, clusterDir, dataDir }, folder);
  } finally {
    await own.stop();
  }
}

/** Under control, so that no command makes a database of its own meanwhile. Returns when the backup was taken. */
export async function restoreOwnPostgres(dataDir: string, folder: string): Promise<string> {
  const layout = layOutPostgres(dataDir);
  await withControl(layout, () => placeCluster(folder, layout.dataDir));
  return await readBackupNote(folder);
}

async function openForServer(options: OwnPostgresOptions, layout: PostgresLayout): Promise<OwnPostgres> {
  const { session, postmaster } = await join(options, layout);
  const supervisor = supervisePostmaster({
    postmaster,
    logFile: layout.logFile,
    restart: (socketDir) => withControl(layout, () => ensureRunning(session, socketDir)),
    log: options.log,
    onRestart: options.onRestart,
  });
  const forgetExit = stopAtExit(() => leaveAtOnce(session, supervisor.postmaster));
  const stop = once(async () => {
    await supervisor.stop();
    await leave(session, supervisor.postmaster);
    forgetExit();
  });
  return {
    connectionString: connectionStringOf(postmaster),
    get pid() {
      return supervisor.postmaster.pid;
    },
    stop,
  };
}

async function openForCommand(options: OwnPostgresOptions, layout: PostgresLayout): Promise<OwnPostgres> {
  const joining = join(options, layout);
  // Before PostgreSQL is started: a Ctrl-C in between would leave it behind.
  const stop = once(async () => {
    const { session, postmaster } = await joining;
    await leave(session, postmaster);
    forgetSignals();
    forgetExit();
  });
  const forgetSignals = stopAtSignals(stop);
  let forgetExit = () => {};
  try {
    const { session, postmaster } = await joining;
    forgetExit = stopAtExit(() => leaveAtOnce(session, postmaster));
    return { connectionString: connectionStringOf(postmaster), pid: postmaster.pid, stop };
  } catch (error) {
    forgetSignals();
    throw error;
  }
}

function once(act: () => Promise<void>): () => Promise<void> {
  let acting: Promise<void> | undefined;
  return () => {
    acting ??= act();
    return acting;
  };
}

/** Under control: a PostgreSQL that runs, and this process among its users. */
async function join(
  options: OwnPostgresOptions,
  layout: PostgresLayout,
): Promise<{ session: Session; postmaster: Postmaster }> {
  return withControl(layout, async () => {
    const binaries = await findBinaries({ postgresBin: options.postgresBin, linksDir: layout.linksDir });
    const context = { layout, binaries, runAs: await prepareUser(layout, binaries) };
    await ensureCluster(context, options.log);
    let postmaster = await ensureRunning(context);
    if (options.role === 'server') {
      if (!postmaster.identity) throw foreignError(layout);
      if (isOtherProgram(postmaster, binaries) && isUnused(layout)) {
        // Left by a server of another installation, whose libraries may be gone from under it.
        await stopRunning(context, postmaster.socketDir, FAST_STOP);
        postmaster = await ensureRunning(context, postmaster.socketDir);
      }
    }
    const users = tryLockFile(layout.usersLock, 'shared');
    if (!users) throw new OwnPostgresError(`${layout.usersLock} is locked by a program other than remuvr.`);
    return { session: { ...context, options, users }, postmaster };
  });
}

/** Under control: the last user stops PostgreSQL. The server cuts off who is still connected, a command gives them time. */
async function leave(session: Session, { socketDir }: Postmaster): Promise<void> {
  const { layout, users, options } = session;
  await withControl(layout, async () => {
    users.release();
    const isServer = options.role === 'server';
    if (!isUnused(layout)) {
      if (isServer) options.log('PostgreSQL is left running for a command that uses it and will stop it');
      return;
    }
    const isGone = await stopRunning(session, socketDir, isServer ? FAST_STOP : GENTLE_STOP);
    if (!isGone) return options.log(`PostgreSQL in ${layout.clusterDir} did not stop`);
    if (layout.isSocketDirTemporary) await rm(layout.socketDir, { recursive: true, force: true });
  });
}

/** At the exit of a process that did not leave: no waiting. Who holds control now will find the PostgreSQL as it is. */
function leaveAtOnce({ layout, users }: Session, { identity }: Postmaster): void {
  const control = tryLockFile(layout.controlLock, 'exclusive');
  users.release();
  if (control && identity && isUnused(layout)) process.kill(identity.pid, 'SIGINT');
}

async function withControl<T>(layout: PostgresLayout, act: () => Promise<T>): Promise<T> {
  const control = await waitForFileLock(layout.controlLock, 'exclusive', CONTROL_WITHIN_MS);
  if (!control) {
    throw new OwnPostgresError(
      `Another remuvr process has been starting or stopping PostgreSQL in ${layout.dataDir} for two minutes: end it.`,
    );
  }
  try {
    return await act();
  } finally {
    control.release();
  }
}

/** Means something under control only, where nobody can join. */
function isUnused(layout: PostgresLayout): boolean {
  const users = tryLockFile(layout.usersLock, 'exclusive');
  users?.release();
  return users !== undefined;
}

async function prepareUser(layout: PostgresLayout, binaries: PostgresBinaries) {
  const user = choosePostgresUser(layout.clusterDir);
  makeSocketDir(layout.socketDir, user);
  const folders = [layout.dataDir, layout.socketDir];
  return chooseRunAs({ user, folders, initdb: binaries.initdb, env: binaries.env });
}

function isOtherProgram({ pid }: Postmaster, binaries: PostgresBinaries): boolean {
  const executable = readExecutable(pid);
  return executable !== undefined && executable !== realpathSync(binaries.postgres);
}

function foreignError(layout: PostgresLayout): OwnPostgresError {
  return new OwnPostgresError(
    `PostgreSQL of ${layout.dataDir} already runs in another container: stop that one first.`,
  );
}

/** sslmode keeps a PGSSLMODE of the environment from asking for encryption, which a Unix socket has not. */
function connectionStringOf({ socketDir }: Postmaster): string {
  const query = new URLSearchParams({ host: socketDir, sslmode: 'disable' });
  return `postgres://${DATABASE_USER}@localhost:${SOCKET_PORT}/${DATABASE}?${query}`;
}
