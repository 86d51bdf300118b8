/** The real server with the real model, asked over HTTP as its callers do, and what its processes hold. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { Quality } from '../src/domain/removal-options.ts';
import { createInstallation, PHOTOS } from '../test/helpers/server.ts';

/** Milliseconds: the whole request as the caller sees it, and the stages that the server reports. */
export type Timed = { readonly ms: number; readonly stages: Readonly<Record<string, number>> };

export type BenchServer = {
  readonly url: string;
  remove(photo: Uint8Array, quality: Quality): Promise<Timed>;
  /** GET /v1/auth by another account, in milliseconds. */
  auth(): Promise<number>;
  /** MiB of the server, and of each of its pipeline children: now, and at their peak. */
  readMemory(): Promise<{ readonly server: Memory; readonly children: readonly Memory[] }>;
  close(): Promise<void>;
};

export type Memory = { readonly nowMib: number; readonly peakMib: number };

export const SIZES = { '1 MP': [1155, 866], '12 MP': [4000, 3000] } as const;

export async function makePhoto([width, height]: readonly [number, number]): Promise<Buffer> {
  const photo = sharp(path.join(PHOTOS, 'astronaut.png')).resize(width, height, { fit: 'cover' });
  return await photo.jpeg({ quality: 92 }).toBuffer();
}

const agent = new Agent({ keepAlive: true });

export async function openBenchServer(): Promise<BenchServer> {
  // As a server of one's own has them; the tests' have one.
  const installation = await createInstallation({ LOG_LEVEL: 'error', THREADS: String(availableParallelism()) });
  try {
    const { url, process: server } = await installation.start();
    const key = await installation.createKey('--plan', 'enterprise', '--account', 'bench');
    const authKey = await installation.createKey('--plan', 'enterprise', '--account', 'asker');
    for (const name of ['bench', 'asker']) {
      await installation.run('accounts', 'set-limits', name, '--rps', '10000', '--monthly', '1000000');
    }
    return {
      url,
      remove: (photo, quality) => requestRemoval(`${url}/remove?quality=${quality}`, key, photo),
      auth: () => requestAuth(`${url}/v1/auth`, authKey),
      readMemory: () => readMemory(server.pid ?? 0),
      close: () => installation.dispose(),
    };
  } catch (error) {
    await installation.dispose();
    throw error;
  }
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
  const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(/\s+/).filter(Boolean);
  const children: Memory[] = [];
  for (const child of pids.map(Number)) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('pipeline-child')) children.push(await memoryOf(child));
  }
  return { server: await memoryOf(pid), children };
}

async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return { nowMib: mib('VmRSS'), peakMib: mib('VmHWM') };
}
