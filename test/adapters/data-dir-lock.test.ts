import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireDataDirLock, DataDirError } from '../../src/adapters/data-dir-lock.ts';

const root = path.join(import.meta.dirname, '..', '..');
const module = path.join(root, 'src', 'adapters', 'data-dir-lock.ts');

let folder: string;
let dataDir: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'remuvr-lock-'));
  dataDir = path.join(folder, 'data');
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(killChild));
  rmSync(folder, { recursive: true, force: true });
});

async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** A process that tries for the lock, says what it got, and lives on. */
async function spawnTaker(): Promise<{ child: ChildProcess; kind: string }> {
  const script = `
    const { acquireDataDirLock } = await import(${JSON.stringify(module)});
    globalThis.lock = await acquireDataDirLock(${JSON.stringify(dataDir)});
    process.stdout.write(globalThis.lock.kind);
    setInterval(() => {}, 1000);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [chunk] = await once(child.stdout, 'data');
  return { child, kind: String(chunk) };
}

async function acquire() {
  const lock = await acquireDataDirLock(dataDir);
  if (lock.kind !== 'acquired') throw new Error(`held by ${JSON.stringify(lock.holder)}`);
  return lock;
}

it('lets one in, tells the second who holds it, and lets it in after the release', async () => {
  const first = await acquire();
  expect(await acquireDataDirLock(dataDir)).toEqual({
    kind: 'held',
    holder: { pid: process.pid, host: hostname() },
  });
  await first.release();
  await first.release();
  await (await acquire()).release();
});

it('names the process that holds it, and passes to the next when that one is killed', async () => {
  const { child, kind } = await spawnTaker();
  expect(kind).toBe('acquired');
  expect(await acquireDataDirLock(dataDir)).toMatchObject({ kind: 'held', holder: { pid: child.pid } });
  await killChild(child);
  await (await acquire()).release();
});

it('does not believe a pid that was left in the file, though a process has it now', async () => {
  await (await acquire()).release();
  writeFileSync(path.join(dataDir, 'run', 'server.lock'), `${process.ppid} ${hostname()}\n`);
  const lock = await acquire();
  expect(readFileSync(path.join(dataDir, 'run', 'server.lock'), 'utf8')).toBe(`${process.pid} ${hostname()}\n`);
  await lock.release();
});

it('gives the lock of a killed process to exactly one of several takers', async () => {
  const { child } = await spawnTaker();
  await killChild(child);
  const takers = await Promise.all([spawnTaker(), spawnTaker(), spawnTaker(), spawnTaker()]);
  expect(takers.map((t) => t.kind).sort()).toEqual(['acquired', 'held', 'held', 'held']);
});

it('says in one sentence that DATA_DIR is no folder', async () => {
  writeFileSync(dataDir, '');
  await expect(acquireDataDirLock(dataDir)).rejects.toThrow(new DataDirError(`DATA_DIR ${dataDir} is not a folder.`));
});
