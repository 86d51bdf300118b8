/** Which process a pid means: a pid alone is reused, a pid with its start time is not. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './errors.ts';

export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

const POLL_MS = 10;

/** Undefined when there is no such process, or only its zombie: in a container whose first process reaps none, zombies stay. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!canSignal(pid)) return undefined;
  if (process.platform !== 'linux') return { pid, startedAt: '' };
  const stat = readProc(pid, 'stat');
  // The name stands in parentheses and may hold spaces and parentheses itself. After it come fields 3 (state) to 52.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startedAt: fields[19] ?? '' };
}

export function isStillRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** True when the process is gone within the time. */
export async function waitForExit(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isStillRunning(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Whether the pid is a postmaster of this cluster: a `postgres` that names its folder or works in it. */
export function isPostmasterOf(pid: number, clusterDir: string): boolean {
  if (!identifyProcess(pid)) return false;
  if (process.platform === 'linux') {
    const [program = '', ...args] = readProc(pid, 'cmdline').split('\0');
    return path.basename(program) === 'postgres' && (args.includes(clusterDir) || readLink(pid, 'cwd') === clusterDir);
  }
  const listing = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return listing.stdout.includes('postgres') && `${listing.stdout.trim()} `.includes(` ${clusterDir} `);
}

/** Ends the children that a dead postmaster left in this cluster, where the system tells; call it only when it is dead. */
export function endSurvivors(clusterDir: string): void {
  if (process.platform !== 'linux') return;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    // Children of a postmaster work in the cluster's folder and call themselves "postgres: …".
    if (!(pid > 0) || readLink(pid, 'cwd') !== clusterDir || !readProc(pid, 'cmdline').startsWith('postgres: '))
      continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** The file that the process runs, where the system tells; it ends in " (deleted)" once that is gone. */
export function readExecutable(pid: number): string | undefined {
  return process.platform === 'linux' ? readLink(pid, 'exe') : undefined;
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function readLink(pid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return undefined;
  }
}
