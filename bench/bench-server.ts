/** The real server with the real model, asked over HTTP as its callers do, and what its processes hold. */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Quality } from '../src/domain/removal-options.ts';
import {
  createInstallation,
  type Installation,
  PHOTOS,
  type ServerProcess,
  startProgram,
} from '../test/helpers/server.ts';
import { type Memory, memoryOf, pipelineChildrenOf } from '../test/helpers/soak/memory.ts';
import { type Cpu, readCpu } from './cpu.ts';

/** Milliseconds: the whole request as the caller sees it, and the stages that the server reports. */
export type Timed = { readonly ms: number; readonly stages: Readonly<Record<string, number>> };

export type BenchServer = {
  readonly url: string;
  remove(photo: Uint8Array, quality: Quality): Promise<Timed>;
  /** GET /v1/auth by another account, in milliseconds. */
  auth(): Promise<number>;
  readCpu(): Promise<Cpu>;
  /** MiB of the server, and of each of its pipeline children: now, and at their peak. */
  readMemory(): Promise<{ readonly server: Memory; readonly children: readonly Memory[] }>;
  close(): Promise<void>;
};

export const SIZES = { '1 MP': [1155, 866], '12 MP': [4000, 3000] } as const;

/** `isDoubted`: a cat that the network half doubts, of which `auto` takes a second view; else an astronaut, of whom it does not. */
export async function makePhoto(
  [width, height]: readonly [number, number],
  { isDoubted = false }: { readonly isDoubted?: boolean } = {},
): Promise<Buffer> {
  const photo = sharp(path.join(PHOTOS, isDoubted ? 'chelsea.png' : 'astronaut.png')).resize(width, height, {
    fit: 'cover',
  });
  return await photo.jpeg({ quality: 92 }).toBuffer();
}

const agent = new Agent({ keepAlive: true });

const SIMULATED_WORKER = fileURLToPath(new URL('simulated-worker.ts', import.meta.url));

/** Beside a server that has none: real, or children that wait for `waitMs` where others infer. */
export type BenchWorker = { readonly children: number; readonly waitMs?: number };

/** `worker`: one in a process of its own, as it is on another machine. Left out, the server's. */
export async function openBenchServer(worker?: BenchWorker): Promise<BenchServer> {
  // As a server of one's own has them; the tests' have one.
  const threads = String(worker?.children ?? availableParallelism());
  const installation = await createInstallation({ LOG_LEVEL: 'error', THREADS: threads });
  try {
    const { url, process: server } = await installation.start(worker ? ['serve', '--no-worker'] : ['serve']);
    const apart = worker && (await startWorker(installation, worker));
    const pids = [server, apart?.process].flatMap((each) => each?.pid ?? []);
    const key = await installation.createKey('--plan', 'enterprise', '--account', 'bench');
    const authKey = await installation.createKey('--plan', 'enterprise', '--account', 'asker');
    for (const name of ['bench', 'asker']) {
      await installation.run('accounts', 'set-limits', name, '--rps', '10000', '--monthly', '1000000');
    }
    return {
      url,
      remove: (photo, quality) => requestRemoval(`${url}/remove?quality=${quality}`, key, photo),
      auth: () => requestAuth(`${url}/v1/auth`, authKey),
      readCpu: () => readCpu(installation.dataDir, pids),
      readMemory: () => readMemory(server.pid ?? 0),
      async close() {
        await apart?.stop();
        await installation.dispose();
      },
    };
  } catch (error) {
    await installation.dispose();
    throw error;
  }
}

async function startWorker({ env, dataDir }: Installation, { children, waitMs }: BenchWorker): Promise<ServerProcess> {
  if (waitMs === undefined) return await startProgram(['worker'], { ...env, WORKERS: String(children) }, dataDir);
  const args = ['--import', import.meta.resolve('tsx'), SIMULATED_WORKER, String(children)];
  return await startProgram(args, { ...env, SIMULATED_INFERENCE_MS: String(waitMs) }, dataDir, process.execPath);
}

/** By the plainest client that there is, and without keeping the result: its work is on the same cores. */
async function requestRemoval(url: string, key: string, photo: Uint8Array): Promise<Timed> {
  const startedAt = performance.now();
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'image/jpeg', 'Content-Length': photo.length };
  const asking = request(url, { method: 'POST', agent, headers }).end(photo);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  if (answer.statusCode !== 200) throw new Error(`the server answered ${answer.statusCode}`);
  const ms = performance.now() - startedAt;
  const parts = [...String(answer.headers['server-timing']).matchAll(/(\w+);dur=([\d.]+)/g)];
  return { ms, stages: Object.fromEntries(parts.map(([, name = '', value]) => [name, Number(value)])) };
}

async function requestAuth(url: string, key: string): Promise<number> {
  const startedAt = performance.now();
  const asking = request(url, { agent, headers: { Authorization: `Bearer ${key}` } }).end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  if (answer.statusCode !== 200) throw new Error(`the server answered ${answer.statusCode}`);
  return performance.now() - startedAt;
}

async function readMemory(pid: number) {
  const children = await Promise.all((await pipelineChildrenOf(pid)).map(memoryOf));
  return { server: await memoryOf(pid), children };
}
