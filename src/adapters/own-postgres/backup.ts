/**
 * A copy of the cluster's files while it runs, by PostgreSQL's own protocol: between the start and the stop of a backup files may
 * be copied as they change, for the log of that time, which is copied last, makes them whole at the restored one's first start.
 * Beside it lies the secret that signs sessions. A folder gets its name when all of it is on the disk.
 */
import { constants, type Dirent, existsSync } from 'node:fs';
import { copyFile, cp, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { SUPERUSER } from './cluster.ts';
import { errorCode, OwnPostgresError } from './errors.ts';

const NOTE = 'backup.json';
const CLUSTER = 'postgres';
const SECRET = 'auth-secret';
const PARTIAL = '.partial';

/** Their files are of the running postmaster alone, or made anew at its start. */
const EMPTIED = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const LEFT_OUT = /^(postmaster\.(pid|opts)|pgsql_tmp.*|pg_internal\.init.*|backup_label.*|tablespace_map.*)$/;

type Source = { readonly connectionString: string; readonly clusterDir: string; readonly dataDir: string };

/** `folder` must not be there yet, or be empty. */
export async function copyRunningCluster(source: Source, folder: string): Promise<void> {
  await refuseFilled(folder, 'holds files already: name another folder for the backup');
  const partial = `${path.resolve(folder)}${PARTIAL}`;
  await rm(partial, { recursive: true, force: true });
  const cluster = path.join(partial, CLUSTER);
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  const client = new pg.Client({ connectionString: asSuperuser(source.connectionString) });
  await client.connect();
  try {
    // Ends with the connection. Without it the log that is needed could be recycled meanwhile.
    await client.query(`select pg_create_physical_replication_slot('remuvr_backup_${process.pid}', true, true)`);
    const [begun] = (await client.query("select pg_walfile_name(pg_backup_start('remuvr', true)) as log")).rows;
    await copyFolder(source.clusterDir, cluster);
    const [ended] = (await client.query('select labelfile, pg_walfile_name(lsn) as log from pg_backup_stop(false)'))
      .rows;
    await writeFile(path.join(cluster, 'backup_label'), ended.labelfile);
    await copyLog(source.clusterDir, cluster, begun.log, ended.log);
    const secret = path.join(source.dataDir, SECRET);
    if (existsSync(secret)) await copyFile(secret, path.join(partial, SECRET));
    await writeFile(path.join(partial, NOTE), JSON.stringify({ takenAt: new Date().toISOString() }));
    await syncTree(partial);
  } finally {
    await client.end();
  }
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  await sync(path.dirname(path.resolve(folder)));
}

/** Makes the cluster of `dataDir` from a backup; what is there is never written over. */
export async function placeCluster(folder: string, dataDir: string): Promise<void> {
  if (!existsSync(path.join(folder, NOTE))) {
    throw new OwnPostgresError(`${folder} is no backup, or one that was not finished.`);
  }
  const target = path.join(dataDir, CLUSTER);
  await refuseFilled(target, 'holds a database already: move it away, or choose another DATA_DIR');
  const partial = `${target}${PARTIAL}`;
  await rm(partial, { recursive: true, force: true });
  await cp(path.join(folder, CLUSTER), partial, { recursive: true });
  const secret = path.join(folder, SECRET);
  if (existsSync(secret))
    await copyFile(secret, path.join(dataDir, SECRET), constants.COPYFILE_EXCL).catch(ignoreKnown);
  await syncTree(partial);
  await rm(target, { recursive: true, force: true });
  await rename(partial, target);
  await sync(dataDir);
}

/** The secret that is there already is the installation's own. */
function ignoreKnown(error: unknown): void {
  if (errorCode(error) !== 'EEXIST') throw error;
}

async function refuseFilled(folder: string, sentence: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0) throw new OwnPostgresError(`${folder} ${sentence}.`);
}

function asSuperuser(connectionString: string): string {
  const url = new URL(connectionString);
  url.username = SUPERUSER;
  url.pathname = '/postgres';
  return url.href;
}

async function copyFolder(from: string, to: string): Promise<void> {
  for (const entry of await listThere(from)) {
    if (LEFT_OUT.test(entry.name)) continue;
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (!entry.isDirectory()) await copyThere(source, target);
    else {
      await mkdir(target, { mode: 0o700 });
      // PostgreSQL makes the folders within pg_wal itself.
      if (!EMPTIED.has(entry.name)) await copyFolder(source, target);
    }
  }
}

/** Tables are dropped meanwhile, and their files with them: the log knows. */
async function copyThere(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_FICLONE).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

async function listThere(folder: string): Promise<Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
}

/** The names of one timeline's files sort as they were written. */
async function copyLog(clusterDir: string, cluster: string, first: string, last: string): Promise<void> {
  const log = path.join(clusterDir, 'pg_wal');
  const names = (await readdir(log)).filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last);
  for (const name of names) await copyFile(path.join(log, name), path.join(cluster, 'pg_wal', name));
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    await sync(path.join(entry.parentPath, entry.name));
  }
  await sync(folder);
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  await handle.sync().finally(() => handle.close());
}

/** When the backup was taken. */
export async function readBackupNote(folder: string): Promise<string> {
  const text = await readFile(path.join(folder, NOTE), 'utf8');
  return (JSON.parse(text) as { takenAt: string }).takenAt;
}
