/**
 * The service as a cluster has it: servers, workers, PostgreSQL and S3, each a process of its own. What is killed comes
 * back as under a supervisor: in its own folder, and again where it cannot start yet.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type OwnPostgres, openOwnPostgres } from '../../../src/adapters/own-postgres.ts';
import { copyCluster } from '../cluster.ts';
import { cachedModelsDir } from '../model-cache.ts';
import { CREDENTIALS } from '../s3-server.ts';
import { REMUVR, type ServerProcess, startProgram, until } from '../server.ts';
import { below, type Random } from './random.ts';
import { BUCKET, type S3Process, startS3Process } from './s3-process.ts';

/** Inherited by children of children; a process that has it is of the estate. */
export const MARK = 'REMUVR_ESTATE';

export type Kind = 'server' | 'worker' | 'postgres';
type Machine = { readonly kind: Kind; readonly env: NodeJS.ProcessEnv; running: ServerProcess | undefined };

export type Estate = {
  readonly mark: string;
  readonly connectionString: string;
  readonly bucketUrl: string;
  /** Addresses of the servers that serve now. */
  addresses(): string[];
  run(...args: string[]): Promise<string>;
  /** kill -9 of one of them that runs; its successor starts by itself. */
  kill(kind: Kind, random: Random): Promise<void>;
  /** What ended without being told to, with the last that it logged. */
  readonly deaths: string[];
  /** Waits until every machine runs. */
  whole(): Promise<void>;
  /** SIGTERM; then what is deleted is gone. */
  stop(): Promise<void>;
  dispose(): Promise<void>;
};

export async function openEstate(size: { readonly servers: number; readonly workers: number }): Promise<Estate> {
  const root = await mkdtemp(path.join(tmpdir(), 'remuvr-estate-'));
  const databaseDir = await mkdtemp(path.join(tmpdir(), 'remuvr-estate-'));
  await copyCluster(databaseDir);
  const postgres = await openOwnPostgres({ dataDir: databaseDir, role: 'server', log: () => {} });
  const bucket = await startS3Process(path.join(root, 'bucket'), { [MARK]: root });
  const env = await composeEnvironment(root, postgres.connectionString, bucket.url);
  const machines: Machine[] = [
    ...Array.from({ length: size.servers }, (_, i) => createMachine(env, 'server', i)),
    ...Array.from({ length: size.workers }, (_, i) => createMachine(env, 'worker', i)),
  ];
  const crew = createCrew(machines);
  const stop = async (): Promise<void> => {
    await crew.stop();
  };
  try {
    // The first brings the database to its version, if need be.
    await promisify(execFile)(REMUVR, ['migrate'], { env });
    await Promise.all(machines.map((machine) => crew.start(machine)));
  } catch (error) {
    await stop();
    await end(bucket, postgres, [root, databaseDir]);
    throw error;
  }
  return {
    mark: root,
    connectionString: postgres.connectionString,
    bucketUrl: bucket.url,
    deaths: crew.deaths,
    addresses: () => machines.flatMap(({ kind, running }) => (kind === 'server' && running ? [running.url] : [])),
    run: async (...args) => (await promisify(execFile)(REMUVR, args, { env })).stdout.trim(),
    kill: async (kind, random) => (kind === 'postgres' ? await killPostgres(postgres) : await crew.kill(kind, random)),
    whole: () => crew.whole(),
    stop,
    dispose: () => end(bucket, postgres, [root, databaseDir]),
  };
}

async function composeEnvironment(root: string, connectionString: string, bucketUrl: string) {
  const { PATH, HOME } = process.env;
  return {
    PATH,
    HOME,
    [MARK]: root,
    DATA_DIR: path.join(root, 'commands'),
    DATABASE_URL: connectionString,
    STORAGE_URL: `s3://${BUCKET}?endpoint=${bucketUrl}`,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AUTH_SECRET: 'the secret that all servers of the estate share',
    MODELS_DIR: await cachedModelsDir(),
    PORT: '0',
    LOG_LEVEL: 'warn',
    LANDING_DEMO: 'false',
    THREADS: '1',
  };
}

function createMachine(env: Record<string, string | undefined>, kind: Kind, index: number): Machine {
  return { kind, env: { ...env, DATA_DIR: path.join(env[MARK] ?? '', `${kind}-${index}`) }, running: undefined };
}

async function killPostgres(postgres: OwnPostgres): Promise<void> {
  const before = postgres.pid;
  process.kill(before, 'SIGKILL');
  await until('PostgreSQL is another one', async () => postgres.pid !== before);
}

async function end(bucket: S3Process, postgres: OwnPostgres, folders: readonly string[]): Promise<void> {
  await bucket.stop();
  await postgres.stop();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

const ARGS = { server: ['serve', '--no-worker'], worker: ['worker'] } as const;
/** A machine that starts while PostgreSQL is away ends with a sentence; its supervisor tries again. */
const STARTS = 30;
const BETWEEN_STARTS_MS = 1_000;

function createCrew(machines: readonly Machine[]) {
  const deaths: string[] = [];
  const starting = new Set<Promise<void>>();
  let isStopping = false;

  const watch = (machine: Machine, started: ServerProcess): void => {
    started.process.once('exit', (code, signal) => {
      if (machine.running !== started || isStopping) return;
      machine.running = undefined;
      deaths.push(`a ${machine.kind} ended by itself with ${code ?? signal}: ${started.log().slice(-500)}`);
      begin(machine);
    });
  };
  const start = async (machine: Machine): Promise<void> => {
    const { kind, env } = machine;
    const folder = String(env.DATA_DIR);
    await mkdir(folder, { recursive: true });
    for (let left = STARTS; !isStopping; left--) {
      try {
        const started = await startProgram(ARGS[kind as keyof typeof ARGS], env, folder);
        machine.running = started;
        watch(machine, started);
        return;
      } catch (error) {
        if (left === 0) throw error;
        await setTimeout(BETWEEN_STARTS_MS);
      }
    }
  };
  function begin(machine: Machine): void {
    const begun = start(machine)
      .catch((error: unknown) => void deaths.push(`a ${machine.kind} never came back: ${error}`))
      .finally(() => starting.delete(begun));
    starting.add(begun);
  }
  const whole = async (): Promise<void> => {
    while (starting.size > 0) await Promise.all(starting);
  };
  return {
    deaths,
    start,
    whole,
    async kill(kind: Kind, random: Random): Promise<void> {
      const isThere = (machine: Machine) => machine.kind === kind && machine.running;
      const alive = await until(`a ${kind} runs`, async () => {
        const found = machines.filter(isThere);
        return found.length > 0 && found;
      });
      const machine = alive[below(random, alive.length)] as Machine;
      const victim = machine.running;
      machine.running = undefined;
      await victim?.kill();
      begin(machine);
    },
    async stop(): Promise<void> {
      await whole();
      isStopping = true;
      await Promise.all(machines.map(async ({ running }) => await running?.stop()));
    },
  };
}
