/** The files of the program's own PostgreSQL under DATA_DIR; the socket's folder alone may have to lie elsewhere. */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeDataDir } from '../data-dir-lock.ts';
import { errorCode, explainFolderError, OwnPostgresError } from './errors.ts';

export type PostgresLayout = {
  readonly dataDir: string;
  readonly clusterDir: string;
  readonly logFile: string;
  readonly linksDir: string;
  /** Held for a moment by whoever creates, starts, adopts or stops the PostgreSQL. */
  readonly controlLock: string;
  /** Shared by all who use the PostgreSQL, for as long as they do. */
  readonly usersLock: string;
  readonly socketDir: string;
  readonly isSocketDirTemporary: boolean;
};

export const SOCKET_PORT = 5432;

/** sun_path holds 108 bytes on Linux and 104 on macOS, the final NUL included. */
const LONGEST_SOCKET_PATH_BYTES = 103;

const clusterDirOf = (dataDir: string): string => path.join(dataDir, 'postgres');

/** A cluster is renamed into its place when it is whole. */
export const hasCluster = (dataDir: string): boolean => existsSync(path.join(clusterDirOf(dataDir), 'PG_VERSION'));

/** Creates DATA_DIR if need be. Its real path is used, so that a link to it leads to the same sockets and locks. */
export function layOutPostgres(givenDataDir: string): PostgresLayout {
  try {
    makeDataDir(givenDataDir);
  } catch (error) {
    throw explainFolderError(error, givenDataDir);
  }
  const dataDir = realpathSync(givenDataDir);
  const runDir = path.join(dataDir, 'run');
  const nearSocketDir = path.join(runDir, 'postgres');
  const isSocketDirTemporary =
    Buffer.byteLength(path.join(nearSocketDir, `.s.PGSQL.${SOCKET_PORT}`)) > LONGEST_SOCKET_PATH_BYTES;
  return {
    dataDir,
    clusterDir: clusterDirOf(dataDir),
    logFile: path.join(dataDir, 'postgres.log'),
    linksDir: path.join(runDir, 'lib'),
    controlLock: path.join(runDir, 'postgres-control.lock'),
    usersLock: path.join(runDir, 'postgres-users.lock'),
    socketDir: isSocketDirTemporary ? temporarySocketDir(dataDir) : nearSocketDir,
    isSocketDirTemporary,
  };
}

function temporarySocketDir(dataDir: string): string {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return path.join(realpathSync(tmpdir()), `remuvr-${hash}`);
}

/**
 * Whoever reaches the socket is let in without a password, so its folder must be ours alone. In a shared temporary
 * folder anyone may have made one of that name before us, to listen in our place: such a folder is refused.
 */
export function makeSocketDir(socketDir: string, owner: { readonly uid: number; readonly gid: number }): void {
  try {
    mkdirSync(socketDir, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw explainFolderError(error, path.dirname(socketDir));
  }
  const stats = lstatSync(socketDir);
  const isOurs = stats.uid === owner.uid || stats.uid === process.getuid?.();
  if (!stats.isDirectory() || !isOurs || (stats.mode & 0o077) !== 0) {
    throw new OwnPostgresError(
      `${socketDir} is not a private folder of the user that runs PostgreSQL: remove it, or choose a shorter DATA_DIR.`,
    );
  }
  if (stats.uid !== owner.uid) chownSync(socketDir, owner.uid, owner.gid);
}
