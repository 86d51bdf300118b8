/** The landing page's cut-outs, which a server makes itself: once, for everybody, and at nobody's cost. */
import { execFileSync } from 'node:child_process';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';

const NAMES = ['astronaut', 'chelsea', 'coffee', 'rocket'];
let installation: Installation;
let folder: string;

beforeAll(async () => {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/ensure-web.mjs', import.meta.url)), '--strict']);
  installation = await createInstallation({ LANDING_DEMO: 'true' });
  folder = path.join(installation.dataDir, 'objects', 'demo');
});
afterAll(() => installation?.dispose());

type Listed = { name: string; url: string; model: string; seconds: number };

async function list({ url }: ServerProcess): Promise<Listed[]> {
  const { demos } = (await (await fetch(`${url}/api/demo`)).json()) as { demos: Listed[] };
  return demos.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const countMade = (server: ServerProcess): number =>
  server.log().split('a cut-out for the landing page is made').length - 1;
const fileOf = async (name: string): Promise<string> =>
  (await readdir(folder)).find((file) => file.startsWith(`${name}-`)) ?? '';

test('without workers and with an empty storage there is none', async () => {
  const server = await installation.start(['serve', '--no-worker']);
  expect(await list(server)).toEqual([]);
  const answer = await fetch(`${server.url}/api/demo/astronaut`);
  expect(answer.status).toBe(404);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  await server.stop();
});

test('a server makes one of each photo, serves them to be kept, and uses no job for them', async () => {
  const server = await installation.start();
  const demos = await until('all are made', async () => {
    const found = await list(server);
    return found.length === NAMES.length && found;
  });
  expect(demos.map(({ name, model }) => [name, model])).toEqual(NAMES.map((name) => [name, 'isnet']));
  for (const { url, seconds } of demos) {
    expect(seconds).toBeGreaterThan(0);
    const answer = await fetch(server.url + url);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
    const picture = sharp(await answer.arrayBuffer());
    const { channels } = await picture.stats();
    expect([channels.length, channels[3]?.min, channels[3]?.max]).toEqual([4, 0, 255]);
    const etag = answer.headers.get('etag') ?? '';
    const again = await fetch(server.url + url, { headers: { 'If-None-Match': etag } });
    expect([again.status, again.headers.get('etag')]).toEqual([304, etag]);
  }
  expect(await readdir(path.join(installation.dataDir, 'objects'))).not.toContain('processed');
  expect(await server.stop()).toBe(0);
});

test('pages of other origins are refused, and names that are none are not found', async () => {
  const server = await installation.start(['serve', '--no-worker']);
  const url = `${server.url}/api/demo/astronaut`;
  expect((await fetch(url, { headers: { 'Sec-Fetch-Site': 'cross-site' } })).status).toBe(403);
  for (const name of ['nobody', '..%2f..%2fsecret', '%00']) {
    expect([400, 404]).toContain((await fetch(`${server.url}/api/demo/${name}`)).status);
  }
  // What another server on the same storage has made is shown by one without workers.
  expect((await fetch(url)).status).toBe(200);
  await server.stop();
});

test('after a restart what is there stays, and only what is missing or was made otherwise is made anew', async () => {
  const kept = [await fileOf('coffee'), await fileOf('rocket')];
  await rm(path.join(folder, await fileOf('astronaut')));
  const otherwise = (await fileOf('chelsea')).replace(/-[0-9a-f]{16}-/, `-${'0'.repeat(16)}-`);
  await rename(path.join(folder, await fileOf('chelsea')), path.join(folder, otherwise));
  const server = await installation.start();
  await until('the two are made', async () => {
    const files = await readdir(folder);
    return files.length === NAMES.length && !files.includes(otherwise);
  });
  await server.stop();
  expect(countMade(server)).toBe(2);
  expect([await fileOf('coffee'), await fileOf('rocket')]).toEqual(kept);
});
