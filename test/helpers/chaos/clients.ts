/**
 * Callers of four plans with pictures of several kinds. Each repeats what was lost on its way, with the same
 * Idempotency-Key and at any server, until it is accepted; then it waits for the end.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import type { BatchBody } from '../../../src/contract/batch-schemas.ts';
import type { JobBody } from '../../../src/contract/schemas.ts';
import { PHOTOS } from '../server.ts';
import type { Estate } from './estate.ts';

export type PlanKey = { readonly plan: string; readonly key: string };
export type Ended = { readonly plan: string; readonly id: string; readonly status: 'completed' | 'failed' };

/** `broken`: a picture whose head is right and whose end is missing; it is accepted, and fails. */
const KINDS = ['async', 'sync', 'background', 'batch', 'broken'] as const;
type Task = { readonly caller: PlanKey; readonly kind: (typeof KINDS)[number]; readonly count: number };
const BATCH = 3;
/** As long as it takes three lost leases, and the queue besides. */
const PATIENCE_MS = 300_000;
const PAUSE_MS = 250;

/** Jobs that make `count` together; plans and kinds walk at different paces, so that all pairs come. */
export function planTasks(callers: readonly PlanKey[], count: number): Task[] {
  const tasks: Task[] = [];
  for (let left = count, i = 0; left > 0; i++) {
    const kind = KINDS[i % KINDS.length] ?? 'async';
    const caller = callers[i % callers.length] as PlanKey;
    const own = kind === 'batch' ? Math.min(BATCH, left) : 1;
    tasks.push({ caller, kind, count: own });
    left -= own;
  }
  return tasks;
}

export type Crowd = {
  readonly ended: Ended[];
  accepted: number;
  /** Requests that were sent again: no answer, 429 or 503. */
  repeated: number;
  isOver: boolean;
};

export const createCrowd = (): Crowd => ({ ended: [], accepted: 0, repeated: 0, isOver: false });

/** `width` callers at once. Throws where one sees what a client must not see. */
export async function sendAll(estate: Estate, crowd: Crowd, tasks: readonly Task[], width: number): Promise<void> {
  const pictures = await makePictures();
  const rest = tasks.values();
  const caller = async (): Promise<void> => {
    for (const task of rest) await perform({ estate, crowd, pictures }, task);
  };
  try {
    await Promise.all(Array.from({ length: width }, caller));
  } finally {
    crowd.isOver = true;
  }
}

type Pictures = { readonly whole: Buffer; readonly broken: Buffer };
type Scene = { readonly estate: Estate; readonly crowd: Crowd; readonly pictures: Pictures };

async function makePictures(): Promise<Pictures> {
  const whole = await sharp(path.join(PHOTOS, 'chelsea.png')).resize(320).jpeg().toBuffer();
  return { whole, broken: whole.subarray(0, whole.length / 2) };
}

async function perform(scene: Scene, task: Task): Promise<void> {
  const { crowd } = scene;
  const { plan, key } = task.caller;
  const ids = await submit(scene, task);
  crowd.accepted += ids.length;
  for (const id of ids) crowd.ended.push({ plan, id, status: await waitForEnd(scene, key, id) });
}

async function submit(scene: Scene, { caller, kind, count }: Task): Promise<string[]> {
  const { whole, broken } = scene.pictures;
  const form = new FormData();
  const bytes = new Uint8Array(kind === 'broken' ? broken : whole);
  for (let i = 0; i < count; i++) form.append('file', new Blob([bytes], { type: 'image/jpeg' }), `${i}.jpg`);
  if (kind === 'background') form.set('background', '#ff8000');
  if (kind === 'sync') form.set('format', 'webp');
  const route = kind === 'batch' ? '/v1/batches' : kind === 'sync' ? '/v1/remove' : '/v1/remove?async=true';
  const headers = { 'Idempotency-Key': randomUUID() };
  const answer = await ask(scene, caller.key, route, { method: 'POST', body: form, headers });
  if (kind === 'batch') {
    const { items } = (JSON.parse(answer.text) as { batch: BatchBody }).batch;
    return items.map(({ job }) => job ?? '');
  }
  return [answer.jobId || (JSON.parse(answer.text) as { job: JobBody }).job.id];
}

async function waitForEnd(scene: Scene, key: string, id: string): Promise<Ended['status']> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { text } = await ask(scene, key, `/v1/status/${id}?wait=20`, {});
    const { status } = (JSON.parse(text) as { job: JobBody }).job;
    if (status !== 'processing') return status;
  }
  throw new Error(`job ${id} did not end in ${PATIENCE_MS / 1000} seconds`);
}

type Answer = { readonly type: string; readonly jobId: string; readonly text: string };

/** What says "later", or says nothing, is asked again, elsewhere if there is an elsewhere. */
async function ask(
  { estate, crowd }: Scene,
  key: string,
  route: string,
  init: { method?: string; body?: FormData; headers?: Record<string, string> },
): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let i = crowd.accepted; Date.now() < deadline; i++) {
    const addresses = estate.addresses();
    const address = addresses[i % addresses.length];
    const answer = address && (await tryOnce(address + route, key, init));
    if (answer) return answer;
    crowd.repeated++;
    await setTimeout(PAUSE_MS);
  }
  throw new Error(`nobody answered ${route} in ${PATIENCE_MS / 1000} seconds`);
}

async function tryOnce(
  url: string,
  key: string,
  { headers, ...init }: { method?: string; body?: FormData; headers?: Record<string, string> },
): Promise<Answer | undefined> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, { ...init, headers: { ...headers, Authorization: `Bearer ${key}` } });
    text = await answer.text();
  } catch {
    return undefined;
  }
  if (answer.status === 429 || answer.status === 503) return undefined;
  const hasFailed = answer.status === 500 && text.includes('"processing_failed"');
  if (!answer.ok && !hasFailed) throw new Error(`a client saw ${answer.status} of ${url}: ${text.slice(0, 300)}`);
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  return { type, jobId: answer.headers.get('x-job-id') ?? '', text };
}
