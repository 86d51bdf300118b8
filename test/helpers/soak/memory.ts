/** What the processes of one server hold, in MiB: itself, its pipeline children, and its PostgreSQL. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

export type Memory = { readonly nowMib: number; readonly peakMib: number };
export type Holdings = { readonly server: number; readonly children: number; readonly postgres: number };

export async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.trim().split(/\s+/).filter(Boolean).map(Number);
}

export async function pipelineChildrenOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const child of await childrenOf(pid)) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('pipeline-child')) found.push(child);
  }
  return found;
}

async function readField(file: string, field: string): Promise<number> {
  // Empty of a process that has gone in the meantime.
  const text = await readFile(file, 'utf8').catch(() => '');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const status = `/proc/${pid}/status`;
  return {
    nowMib: Math.round(await readField(status, 'VmRSS')),
    peakMib: Math.round(await readField(status, 'VmHWM')),
  };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

export async function readHoldings(server: number, dataDir: string): Promise<Holdings> {
  const note = await readFile(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8').catch(() => '');
  const postmaster = Number.parseInt(note, 10);
  const backends = postmaster ? [postmaster, ...(await childrenOf(postmaster))] : [];
  const children = await pipelineChildrenOf(server);
  const rss = (pid: number) => readField(`/proc/${pid}/status`, 'VmRSS');
  // Each page in the part of a process that shares it: else the shared buffers would count once for every backend.
  const part = (pid: number) => readField(`/proc/${pid}/smaps_rollup`, 'Pss');
  return {
    server: await rss(server),
    children: sum(await Promise.all(children.map(rss))),
    postgres: sum(await Promise.all(backends.map(part))),
  };
}

const LOOK_EVERY_MS = 1_000;
const SAME = 0.01;
const LOOKS = 4;
const MOST_LOOKS = 40;

/** Read when nothing is under way any more, and four looks in a row, a second apart, differ by less than 1 %. */
export async function readSettled(read: () => Promise<Holdings>): Promise<Holdings> {
  const looks: Holdings[] = [];
  for (let i = 0; i < MOST_LOOKS; i++) {
    const held = await read();
    looks.push(held);
    const totals = looks.slice(-LOOKS).map((look) => look.server + look.children + look.postgres);
    if (totals.length === LOOKS && Math.max(...totals) / Math.min(...totals) < 1 + SAME) break;
    await setTimeout(LOOK_EVERY_MS);
  }
  return looks.at(-1) as Holdings;
}
