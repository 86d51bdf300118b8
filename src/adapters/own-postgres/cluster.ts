/** The cluster folder: made whole with its database, or not there at all; never trusted when it is another's. */
import { chownSync, closeSync, fsyncSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PostgresBinaries } from './binaries.ts';
import { errorCode, explainFolderError, OwnPostgresError } from './errors.ts';
import type { PostgresLayout } from './layout.ts';
import { asUser, giveFolder, type RunAs } from './run-as.ts';
import { isDiskFull, pickLine, runProgram } from './run-program.ts';

/** The program works as a user who owns its database and no more; the superuser is for this adapter. */
export const DATABASE = 'remuvr';
export const DATABASE_USER = 'remuvr';
export const SUPERUSER = 'postgres';

type ClusterContext = {
  readonly layout: PostgresLayout;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
};

/**
 * Starting values in postgresql.conf, where an operator may change them. 64 MB of shared buffers and 256 MB of log
 * suit a database of small rows; parallel queries would use /dev/shm, which a container limits to 64 MB; huge pages
 * that are promised but not granted kill initdb with SIGBUS in some containers.
 */
const INITIAL_SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '100',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  max_parallel_workers_per_gather: '0',
  huge_pages: 'off',
  jit: 'off',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  // Statements carry addresses and hashes of keys, which have no place in a log.
  log_min_error_statement: 'panic',
};

const NEW_CLUSTER_PREFIX = 'postgres.new-';

/** Under the control lock. Measured on 2 cores: 0.7 to 1.1 s for a new one, 47 MB on disk. */
export async function ensureCluster(context: ClusterContext, log: (line: string) => void): Promise<void> {
  const { clusterDir } = context.layout;
  const names = readNames(clusterDir);
  if (names !== undefined && names.length > 0) return acceptCluster(context, names);
  const startedAt = performance.now();
  await createCluster(context);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  log(`created a PostgreSQL ${context.binaries.version} database in ${clusterDir} in ${seconds} s`);
}

function readNames(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw explainFolderError(error, path.dirname(folder));
  }
}

async function acceptCluster({ layout, binaries, runAs }: ClusterContext, names: readonly string[]): Promise<void> {
  const { clusterDir } = layout;
  if (!names.includes('PG_VERSION')) {
    throw new OwnPostgresError(
      `${clusterDir} holds files, but no PostgreSQL database: move it away, or choose another DATA_DIR.`,
    );
  }
  const major = Number(readFileSync(path.join(clusterDir, 'PG_VERSION'), 'utf8'));
  if (major !== binaries.major) {
    throw new OwnPostgresError(
      `${clusterDir} was made by PostgreSQL ${major}, but the programs in ${binaries.binDir} are PostgreSQL ` +
        `${binaries.version}: set POSTGRES_BIN to the folder of a PostgreSQL ${major}, or choose another DATA_DIR.`,
    );
  }
  giveFolder(clusterDir, runAs);
  const stats = lstatSync(clusterDir);
  if (stats.uid !== runAs.uid) {
    throw new OwnPostgresError(
      `${clusterDir} belongs to the user ${stats.uid}, but remuvr runs as ${runAs.uid}: ` +
        'run it as that user, as root, or give the folder to this one.',
    );
  }
  // A restored backup often has the wrong mode, and PostgreSQL takes only these two.
  const mode = stats.mode & 0o777;
  if (mode !== 0o700 && mode !== 0o750) await chmod(clusterDir, 0o700);
}

/**
 * Made beside its place and renamed into it, so that a kill leaves a `postgres.new-…`, which the next start removes.
 * A killed program's initdb may still be writing its own: every try has a name of its own.
 */
async function createCluster(context: ClusterContext): Promise<void> {
  const { dataDir, clusterDir } = context.layout;
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(NEW_CLUSTER_PREFIX)) await removeFolder(path.join(dataDir, name));
  }
  let folder: string | undefined;
  try {
    folder = await mkdtemp(path.join(dataDir, NEW_CLUSTER_PREFIX));
    if (context.runAs.via.kind !== 'self') chownSync(folder, context.runAs.uid, context.runAs.gid);
    await fillCluster(context, folder);
    await rename(folder, clusterDir);
    syncFolder(dataDir);
  } catch (error) {
    if (folder) await removeFolder(folder);
    throw explainFolderError(error, dataDir);
  }
}

/** What cannot be removed now costs disk, not correctness, and is tried again by the next. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
}

async function fillCluster({ layout, binaries, runAs }: ClusterContext, folder: string): Promise<void> {
  const settings = Object.entries(INITIAL_SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const trust = ['--auth-local=trust', '--auth-host=reject', `--username=${SUPERUSER}`];
  // Unicode by code point: a sort order that no upgrade of a C library or of ICU can change under an index.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const initdb = { file: binaries.initdb, args: ['-D', folder, ...trust, ...locale, '--data-checksums', ...settings] };
  // Single-user mode, so that the folder is renamed with its database in it, and no one meets a cluster without.
  const single = {
    file: binaries.postgres,
    args: ['--single', '-D', folder, '-c', 'exit_on_error=on', '-c', 'log_checkpoints=off', SUPERUSER],
  };
  const statements = `CREATE ROLE ${DATABASE_USER} LOGIN\nCREATE DATABASE ${DATABASE} OWNER ${DATABASE_USER}\n`;
  for (const { program, input } of [{ program: initdb }, { program: single, input: statements }]) {
    const options = { env: binaries.env, ...(input ? { input } : {}) };
    const { isSuccess, output } = await runProgram(asUser(runAs, program), options);
    if (isSuccess) continue;
    if (isDiskFull(output)) throw diskFullError(layout.dataDir);
    throw new OwnPostgresError(`PostgreSQL could not create its database in ${layout.dataDir}: ${pickLine(output)}.`);
  }
}

export function diskFullError(dataDir: string): OwnPostgresError {
  return new OwnPostgresError(`The disk of DATA_DIR ${dataDir} is full: PostgreSQL cannot write its database there.`);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
