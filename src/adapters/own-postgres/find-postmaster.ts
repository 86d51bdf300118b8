/** Whether a cluster has a postmaster, by its pid file, its process and its answer: none of the three says enough alone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { SUPERUSER } from './cluster.ts';
import { SOCKET_PORT } from './layout.ts';
import { identifyProcess, isPostmasterOf, type ProcessIdentity } from './process-identity.ts';

export type Postmaster = {
  readonly socketDir: string;
  readonly pid: number;
  /** Undefined for one that answers, but is no process here: it runs in another container on the same volume. */
  readonly identity: ProcessIdentity | undefined;
};

export type Found =
  | { readonly kind: 'running'; readonly postmaster: Postmaster }
  /** A process of this cluster that does not answer: it starts, recovers, stops or hangs. */
  | { readonly kind: 'busy'; readonly identity: ProcessIdentity }
  /** `stalePid` is named by postmaster.pid, and is by now another process. */
  | { readonly kind: 'absent'; readonly stalePid: number | undefined };

const PROBE_TIMEOUT_MS = 2_000;

export async function findPostmaster(clusterDir: string, socketDir: string): Promise<Found> {
  const file = readPidFile(clusterDir);
  const identity = file && isPostmasterOf(file.pid, clusterDir) ? identifyProcess(file.pid) : undefined;
  if (file && identity) {
    // Its own word for the socket's folder: it may have been started with another TMPDIR than ours.
    const isAnswering = file.isReady && (await doesAnswer(clusterDir, file.socketDir));
    if (!isAnswering) return { kind: 'busy', identity };
    return { kind: 'running', postmaster: { socketDir: file.socketDir, pid: file.pid, identity } };
  }
  if (file && (await doesAnswer(clusterDir, socketDir))) {
    return { kind: 'running', postmaster: { socketDir, pid: file.pid, identity: undefined } };
  }
  return { kind: 'absent', stalePid: file?.pid };
}

type PidFile = { readonly pid: number; readonly socketDir: string; readonly isReady: boolean };

/** Lines: pid, folder, start, port, socket folder, address, shared memory, status. Undefined while there is none. */
export function readPidFile(clusterDir: string): PidFile | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(clusterDir, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Math.abs(Number(lines[0]));
  return Number.isInteger(pid) && pid > 0
    ? { pid, socketDir: lines[4] ?? '', isReady: lines[7]?.startsWith('ready') === true }
    : undefined;
}

/** Whether the one at this socket serves this very cluster: its identifier stands first in pg_control. */
async function doesAnswer(clusterDir: string, socketDir: string): Promise<boolean> {
  const client = new pg.Client({
    host: socketDir,
    port: SOCKET_PORT,
    // Connections reserved for the superuser are left when the program has taken all others.
    user: SUPERUSER,
    database: SUPERUSER,
    ssl: false,
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const answer = await client.query<{ id: string }>('select system_identifier::text as id from pg_control_system()');
    const expected = readFileSync(path.join(clusterDir, 'global', 'pg_control')).readBigInt64LE(0);
    return answer.rows[0]?.id === String(expected);
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
