/** The quota under a storm: never exceeded, never leaked, and nobody pays for a bad file. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, PHOTOS, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;

beforeAll(async () => {
  installation = await createInstallation({ SYNC_TIMEOUT: '600' });
  server = await installation.start();
});
afterAll(async () => await installation?.dispose());

async function createAccount(name: string, monthly: number): Promise<string> {
  const key = await installation.createKey('--plan', 'enterprise', '--account', name);
  await installation.run('accounts', 'set-limits', name, '--monthly', String(monthly), '--rps', '1000');
  return key;
}

async function remove(key: string, file: Uint8Array): Promise<{ status: number; code: string | undefined }> {
  const form = new FormData();
  form.set('file', new Blob([file]), 'image.png');
  const headers = { Authorization: `Bearer ${key}` };
  const answer = await fetch(`${server.url}/remove`, { method: 'POST', headers, body: form });
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  const code = isJson ? ((await answer.json()) as { code: string }).code : void (await answer.arrayBuffer());
  return { status: answer.status, code: code ?? undefined };
}

async function readUsage(key: string): Promise<{ totalRequests: number; remainingRequests: number }> {
  const answer = await fetch(`${server.url}/v1/usage`, { headers: { Authorization: `Bearer ${key}` } });
  return ((await answer.json()) as { usage: { totalRequests: number; remainingRequests: number } }).usage;
}

async function readAudit(): Promise<{ entries: number; periods: unknown[]; jobs: unknown[] }> {
  return JSON.parse((await installation.run('audit', '--json')).stdout);
}

test('of 200 removals at once against 20 left, exactly 20 succeed and 180 are told that the quota is used up', async () => {
  const key = await createAccount('storm', 20);
  const photo = await readFile(path.join(PHOTOS, 'chelsea.png'));
  const answers = await Promise.all(Array.from({ length: 200 }, () => remove(key, photo)));
  const count = (status: number, code?: string) => answers.filter((a) => a.status === status && a.code === code).length;
  expect({ done: count(200), refused: count(429, 'quota_exceeded') }).toEqual({ done: 20, refused: 180 });
  expect(await readUsage(key)).toMatchObject({ totalRequests: 20, remainingRequests: 0 });
  expect(await readAudit()).toEqual({ entries: 40, chains: [], periods: [], jobs: [] });
}, 300_000);

test('50 bad files cost nothing, those that only the decoder finds bad included', async () => {
  const key = await createAccount('bad', 60);
  const photo = await readFile(path.join(PHOTOS, 'chelsea.png'));
  const before = await readAudit();
  const truncated = Array.from({ length: 25 }, (_, i) => photo.subarray(0, 2_000 + i * 4_000));
  const text = Array.from({ length: 25 }, (_, i) => Buffer.from(`this is no picture ${i}`));
  const answers = await Promise.all([...truncated, ...text].map((file) => remove(key, file)));
  expect(answers).toEqual(Array.from({ length: 50 }, () => ({ status: 400, code: 'invalid_image' })));
  expect(await readUsage(key)).toMatchObject({ totalRequests: 0, remainingRequests: 60 });
  // The 25 that were decoded were reserved and given back; the others never came so far.
  expect(await readAudit()).toEqual({ entries: before.entries + 50, chains: [], periods: [], jobs: [] });
}, 120_000);
