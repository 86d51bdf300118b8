/** The samples of the client's pages, run as they are printed; only host and key are changed. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, PHOTOS, type ServerProcess } from '../helpers/server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

let installation: Installation;
let server: ServerProcess;
let key: string;
let folder: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await installation.createKey('--plan', 'business');
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-samples-'));
  const installed = path.join(folder, 'node_modules/@remuvr/client');
  await mkdir(installed, { recursive: true });
  await run('npx', ['vite', 'build', '--outDir', path.join(installed, 'dist')], { cwd: path.join(ROOT, 'sdk') });
  await symlink(path.join(ROOT, 'sdk/package.json'), path.join(installed, 'package.json'));
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'photo.jpg'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await installation?.dispose();
});

/** Their output, each from a fresh process. */
async function runSamples(page: string): Promise<string[]> {
  const text = await readFile(path.join(ROOT, page), 'utf8');
  const samples = [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');
  const outputs: string[] = [];
  for (const [i, sample] of samples.entries()) {
    const file = path.join(folder, `sample-${i}.mjs`);
    await writeFile(file, sample.replaceAll('YOUR_API_KEY', key).replaceAll('http://localhost:8080', server.url));
    outputs.push((await run(process.execPath, [file], { cwd: folder })).stdout);
  }
  return outputs;
}

test('those of its README make a cutout', async () => {
  expect(await runSamples('sdk/README.md')).toEqual(['']);
  expect(await readdir(folder)).toContain('cutout.webp');
});

test('those of docs/sdk.md do what the page says', async () => {
  const [first, progress, job, error, webhook] = await runSamples('docs/sdk.md');
  expect(first).toMatch(/^640 427 0\.\d+ 1\n$/);
  expect(progress).toMatch(/(^|\n)100 %\n$/);
  expect(job).toMatch(new RegExp(`^${server.url}/processed/\\w+\\.png\n$`));
  expect(error).toMatch(/^invalid_image 400 [\w-]{36} undefined The file is not a picture/);
  expect(webhook).toBe('');
  expect(await readdir(folder)).toContain('cutout.png');
});
