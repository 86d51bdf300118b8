/** How much memory another process holds, in MiB; undefined where the system does not tell, or the process has gone. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

async function readFromProc(pid: number): Promise<number | undefined> {
  // `status` counts in kB, `statm` in pages, whose size differs between machines.
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

async function readFromPs(pid: number): Promise<number | undefined> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  const kib = Number.parseInt(stdout, 10);
  return Number.isNaN(kib) ? undefined : kib / 1024;
}

export async function readResidentMib(pid: number): Promise<number | undefined> {
  try {
    return process.platform === 'linux' ? await readFromProc(pid) : await readFromPs(pid);
  } catch {
    return undefined;
  }
}
