/** The real program as its user starts it: `bin/remuvr serve` on a folder and a port of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyCluster } from './cluster.ts';
import { cachedModelsDir } from './model-cache.ts';

/** As it is published; outside of the test runner that of the checkout. */
export const REMUVR = process.env.TEST_PROGRAM ?? fileURLToPath(new URL('../../bin/remuvr', import.meta.url));
export const PHOTOS = fileURLToPath(new URL('../photos/', import.meta.url));

export type ServerProcess = {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything that it has logged so far. */
  log(): string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** kill -9, of this process alone. */
  kill(): Promise<void>;
};

export type Installation = {
  readonly dataDir: string;
  readonly env: Record<string, string | undefined>;
  /** Resolves when the server has printed its address. */
  start(args?: readonly string[], env?: Record<string, string>): Promise<ServerProcess>;
  /** Runs one command of the program; rejects where it does not exit 0. */
  run(...args: string[]): Promise<{ stdout: string; stderr: string }>;
  createKey(...args: string[]): Promise<string>;
  /** Stops what is still running and deletes the folder. */
  dispose(): Promise<void>;
};

const START_TIMEOUT_MS = 60_000;

/**
 * A fresh DATA_DIR with the real model, and with an empty database unless the first start shall make it. Settings of the
 * machine that runs the tests do not reach it.
 */
export async function createInstallation(
  settings: Record<string, string> = {},
  { hasDatabase = true }: { readonly hasDatabase?: boolean } = {},
): Promise<Installation> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'remuvr-test-'));
  if (hasDatabase) await copyCluster(dataDir);
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DATA_DIR: dataDir,
    MODELS_DIR: await cachedModelsDir(),
    PORT: '0',
    LOG_LEVEL: 'info',
    // Else every server of the tests would make pictures while it is idle.
    LANDING_DEMO: 'false',
    // Two files run at once, each with a server: with two threads each, they would wait for each other.
    THREADS: '1',
    ...settings,
  };
  const running = new Set<ServerProcess>();
  let wasCutOff = false;
  const run: Installation['run'] = (...args) =>
    promisify(execFile)(REMUVR, args, { env, cwd: dataDir, maxBuffer: 64 * 1024 * 1024 });
  return {
    dataDir,
    env,
    run,
    async start(args = ['serve'], more = {}) {
      const server = await startProgram(args, { ...env, ...more }, dataDir);
      running.add(server);
      server.process.once('exit', (code) => {
        running.delete(server);
        wasCutOff ||= code !== 0;
      });
      return server;
    },
    async createKey(...args) {
      return (await run('keys', 'create', ...args)).stdout.trim();
    },
    async dispose() {
      await Promise.all([...running].map((server) => server.stop()));
      // A PostgreSQL that a killed server left behind ends with the last command that used it.
      if (wasCutOff) await run('audit').catch(() => {});
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Resolves when it serves or takes jobs; what it logs is kept. */
export async function startProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  program = REMUVR,
): Promise<ServerProcess> {
  const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start in time:\n${log}`)), START_TIMEOUT_MS);
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const found = /running at (\S+)|takes jobs/.exec(out);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1] ?? '');
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code} before it was ready:\n${log}`));
    });
  });
  return {
    url,
    process: child,
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      return await exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** One that nobody listens on. */
export async function takePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Looks until the answer is there; fails with `what` when the time is up. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`in ${timeoutMs} ms it did not happen that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
