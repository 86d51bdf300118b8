/**
 * npm run bench: the whole request over HTTP against the bare session, and saturation against as many bare sessions.
 * Machines are noisy and differ, so each pair alternates in one run, and what is printed first is its ratio of medians.
 */

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { parseConfig } from '../src/config.ts';
import { pathOfPrecision, type ReadyModel } from '../src/domain/ready-model.ts';
import { choosePrecision } from '../src/platform.ts';
import { cachedModel, modelsDir } from '../test/helpers/model-cache.ts';
import { createInstallation, PHOTOS, type ServerProcess } from '../test/helpers/server.ts';
import { openBareSession } from './bare-session.ts';

const REPEATS = Number(process.argv[2] ?? 9);
const SATURATION_SECONDS = 20;
const SIZES = { '1 MP': [1155, 866], '12 MP': [4000, 3000] } as const;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** In the form that the server runs on this machine. */
async function chosenModel(): Promise<ReadyModel> {
  const model = await cachedModel();
  const { precision } = await choosePrecision(parseConfig({ MODELS_DIR: modelsDir }), model);
  return { ...model, path: pathOfPrecision({ ...model, precision }) };
}

async function makePhoto([width, height]: readonly [number, number]): Promise<Buffer> {
  return await sharp(path.join(PHOTOS, 'astronaut.png'))
    .resize(width, height, { fit: 'cover' })
    .jpeg({ quality: 92 })
    .toBuffer();
}

type Timed = { readonly ms: number; readonly stages: Readonly<Record<string, number>> };

async function remove(server: ServerProcess, key: string, photo: Buffer): Promise<Timed> {
  const startedAt = performance.now();
  const answer = await fetch(`${server.url}/remove`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'image/jpeg' },
    body: new Uint8Array(photo),
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`the server answered ${answer.status}`);
  const ms = performance.now() - startedAt;
  const parts = [...(answer.headers.get('server-timing') ?? '').matchAll(/(\w+);dur=([\d.]+)/g)];
  return { ms, stages: Object.fromEntries(parts.map(([, name, value]) => [name, Number(value)])) };
}

/** Requests kept under way for the given time; images a second. */
async function saturate(work: () => Promise<unknown>, parallel: number): Promise<number> {
  let done = 0;
  const startedAt = performance.now();
  const lane = async (): Promise<void> => {
    while (performance.now() - startedAt < SATURATION_SECONDS * 1000) {
      await work();
      done++;
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return done / ((performance.now() - startedAt) / 1000);
}

async function peakMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const pids = text.trim().split(/\s+/).filter(Boolean).map(Number);
  return [...pids, ...(await Promise.all(pids.map(descendants))).flat()];
}

async function benchLatency(server: ServerProcess, key: string, threads: number): Promise<void> {
  const bare = await openBareSession(await chosenModel(), threads);
  await bare.run(2);
  for (const [name, size] of Object.entries(SIZES)) {
    const photo = await makePhoto(size);
    await remove(server, key, photo);
    const [alone, whole]: [number[], Timed[]] = [[], []];
    for (let i = 0; i < REPEATS; i++) {
      alone.push(...(await bare.run(1)));
      whole.push(await remove(server, key, photo));
    }
    const [session, request] = [median(alone), median(whole.map((timed) => timed.ms))];
    const stages = Object.keys(whole[0]?.stages ?? {}).map((stage) => {
      return `${stage} ${median(whole.map((timed) => timed.stages[stage] ?? 0)).toFixed(0)}`;
    });
    console.log(
      `${name}: request / bare session ${(request / session).toFixed(2)}   (${request.toFixed(0)} / ${session.toFixed(0)} ms; ${stages.join(', ')})`,
    );
  }
  bare.close();
}

async function benchSaturation(server: ServerProcess, key: string, sessions: number): Promise<void> {
  const photo = await makePhoto(SIZES['1 MP']);
  const rates: { bare: number[]; server: number[] } = { bare: [], server: [] };
  for (let round = 0; round < 2; round++) {
    const bare = await Promise.all(
      Array.from({ length: sessions }, async () => openBareSession(await chosenModel(), 1)),
    );
    const free = [...bare];
    const runOne = async (): Promise<void> => {
      const session = free.pop();
      if (!session) throw new Error('more lanes than sessions');
      await session.run(1);
      free.push(session);
    };
    rates.bare.push(await saturate(runOne, sessions));
    for (const session of bare) session.close();
    rates.server.push(await saturate(() => remove(server, key, photo), sessions * 3));
  }
  const [bare, whole] = [Math.max(...rates.bare), Math.max(...rates.server)];
  console.log(
    `saturation: server / ${sessions} bare sessions ${(whole / bare).toFixed(2)}   (${whole.toFixed(2)} / ${bare.toFixed(2)} images a second)`,
  );
}

const installation = await createInstallation({ LOG_LEVEL: 'error' });
try {
  const cores = availableParallelism();
  const server = await installation.start();
  const key = await installation.createKey('--plan', 'enterprise', '--account', 'bench');
  await installation.run('accounts', 'set-limits', 'bench', '--rps', '10000', '--monthly', '1000000');
  console.log(`${cores} cores, Node ${process.versions.node}, medians of ${REPEATS}`);
  await benchLatency(server, key, cores);
  await benchSaturation(server, key, cores);
  const pid = server.process.pid ?? 0;
  const peaks = await Promise.all([pid, ...(await descendants(pid))].map(peakMib));
  console.log(
    `peak RSS, MiB: server ${peaks[0]}, its children ${peaks
      .slice(1)
      .filter((mib) => mib > 100)
      .join(', ')}`,
  );
} finally {
  await installation.dispose();
}
