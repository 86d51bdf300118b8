/** What the processes of an installation have had of the processor. Only Linux tells it so. */
import { readdir, readFile } from 'node:fs/promises';

/** Milliseconds since their start. `children`: the pipeline's; `loops`: whoever forks them, and the servers. */
export type Cpu = { readonly loops: number; readonly children: number; readonly database: number };

type Process = { readonly pid: number; readonly parent: number; readonly ms: number; readonly command: string };

/** Of the clock that /proc counts in, on every architecture: a hundredth of a second. */
const TICK_MS = 10;

async function readProcess(pid: number): Promise<Process | undefined> {
  try {
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
    );
    // The name is in brackets, and may hold anything; what follows is numbered from 3 on in proc(5).
    const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3]);
    // Its own, and those of children that have ended.
    const ticks = field(14) + field(15) + field(16) + field(17);
    return { pid, parent: field(4), ms: ticks * TICK_MS, command: command ?? '' };
  } catch {
    return undefined;
  }
}

/** `dataDir`: where the installation has its own PostgreSQL; `pids`: its other processes, whose children are found. */
export async function readCpu(dataDir: string, pids: readonly number[]): Promise<Cpu> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = (await Promise.all(names.map((name) => readProcess(Number(name))))).filter((each) => each !== undefined);
  const sumTree = (root: Process): number =>
    all.filter(({ parent }) => parent === root.pid).reduce((sum, each) => sum + sumTree(each), root.ms);
  const sum = (processes: readonly Process[], count: (each: Process) => number): number =>
    processes.reduce((total, each) => total + count(each), 0);
  const isChild = ({ command }: Process): boolean => /(pipeline|simulated)-child/.test(command);
  const isPostmaster = ({ command }: Process): boolean =>
    /postgres\0.*-D\0/s.test(command) && command.includes(dataDir);
  return {
    loops: sum(
      all.filter(({ pid }) => pids.includes(pid)),
      ({ ms }) => ms,
    ),
    children: sum(
      all.filter((each) => pids.includes(each.parent) && isChild(each)),
      sumTree,
    ),
    database: sum(all.filter(isPostmaster), sumTree),
  };
}

/** What each of `images` pictures took in between. */
export function cpuOfEach(before: Cpu, after: Cpu, images: number): Cpu {
  const each = (kind: keyof Cpu): number => (after[kind] - before[kind]) / images;
  return { loops: each('loops'), children: each('children'), database: each('database') };
}
