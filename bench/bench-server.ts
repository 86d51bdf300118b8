/** The real server with the real model, asked over HTTP as its callers do, and what its processes hold. */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { Quality } from '../src/domain/removal-options.ts';
import { createInstallation, PHOTOS } from '../test/helpers/server.ts';
import { type Memory, memoryOf, pipelineChildrenOf } from '../test/helpers/soak/memory.ts';

/** Milliseconds: the whole request as the caller sees it, and the stages that the server reports. */
export type Timed = { readonly ms: number; readonly stages: Readonly<Record<string, number>> };

export type BenchServer = {
  remove(photo: Uint8Array, quality: Quality): Promise<Timed>;
  /** MiB of the server, and of each of its pipeline children: now, and at their peak. */
  readMemory(): Promise<{ readonly server: Memory; readonly children: readonly Memory[] }>;
  close(): Promise<void>;
};

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
    await installation.run('accounts', 'set-limits', 'bench', '--rps', '10000', '--monthly', '1000000');
    return {
      remove: (photo, quality) => requestRemoval(`${url}/remove?quality=${quality}`, key, photo),
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

async function readMemory(pid: number) {
  const children = await Promise.all((await pipelineChildrenOf(pid)).map(memoryOf));
  return { server: await memoryOf(pid), children };
}
