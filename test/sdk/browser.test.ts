/** The built client in Chromium, without a bundler, in a page of another origin than the API. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, PHOTOS, type ServerProcess } from '../helpers/server.ts';

const SDK = fileURLToPath(new URL('../../sdk/', import.meta.url));

let installation: Installation;
let server: ServerProcess;
let site: Server;
let browser: Browser;
let page: Page;
let folder: string;

const createPage = (baseUrl: string, key: string) => `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<input type="file">
<script type="module">
import * as client from './client.js';
Object.assign(window, client, { remuvr: new client.Remuvr({ key: '${key}', baseUrl: '${baseUrl}' }), baseUrl: '${baseUrl}' });
window.codeOf = (promise) => promise.then(() => 'it did not fail', (error) => (error instanceof client.RemuvrError ? error.code : error.name));
window.isReady = true;
</script>`;

beforeAll(async () => {
  // In a folder of its own: another test packs the package's.
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-page-'));
  await promisify(execFile)('npx', ['vite', 'build', '--outDir', folder], { cwd: SDK });
  const built = await readFile(path.join(folder, 'index.js'));
  installation = await createInstallation();
  server = await installation.start();
  const key = await installation.createKey('--plan', 'pro');
  site = createServer((request, response) => {
    const isScript = request.url === '/client.js';
    response.writeHead(200, { 'Content-Type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? built : createPage(server.url, key));
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.setInputFiles('input', path.join(PHOTOS, 'rocket.jpg'));
  await page.waitForFunction('window.isReady');
});
afterAll(async () => {
  await browser?.close();
  site?.closeAllConnections();
  await new Promise((resolve) => (site ? site.close(resolve) : resolve(undefined)));
  await installation?.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the body of a function in the page, in which `file` is the picked photo. */
const inPage = <T>(body: string): Promise<T> =>
  page.evaluate(`(async () => { const file = document.querySelector('input').files[0]; ${body} })()`);

test.each(['', ', { onProgress: () => {} }'])(
  'a picked file becomes a picture, and its facts are read across origins%s',
  async (call) => {
    const seen = await inPage(`
    const result = await remuvr.remove(file, { format: 'webp', quality: 'fast' }${call || ', {}'});
    const { width, height } = await createImageBitmap(result.blob());
    const { creditsCharged, type, jobId, requestId, confidence } = result;
    const facts = [jobId, requestId, confidence].map((fact) => typeof fact);
    return { drawn: [width, height], told: [result.width, result.height], type, creditsCharged, facts };`);
    expect(seen).toEqual({
      drawn: [640, 427],
      told: [640, 427],
      type: 'image/webp',
      creditsCharged: 1,
      facts: ['string', 'string', 'number'],
    });
  },
);

test('the upload tells its progress up to its end', async () => {
  const seen = await inPage<{ loaded: number; total: number }[]>(`
    const seen = [];
    await remuvr.remove(file, { quality: 'fast' }, { onProgress: (progress) => seen.push(progress) });
    return seen;`);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.at(-1)?.loaded).toBe(seen.at(-1)?.total);
});

test('a blob URL and a data URL are pictures too; a path is not', async () => {
  const widths = await inPage(`
    const link = URL.createObjectURL(file);
    const dataUrl = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(file);
    });
    const results = [await remuvr.remove(link, { quality: 'fast' }), await remuvr.remove(new URL(dataUrl), { quality: 'fast' })];
    return results.map((result) => result.width);`);
  expect(widths).toEqual([640, 640]);
  expect(await inPage("return await codeOf(remuvr.remove('photo.jpg'));")).toBe('invalid_input');
});

test('a job is made, waited for and fetched', async () => {
  const seen = await inPage(`
    const job = await remuvr.jobs.create(file, { quality: 'fast' });
    const result = await remuvr.jobs.result(await remuvr.jobs.wait(job.id));
    return [(await createImageBitmap(result.blob())).width, result.jobId === job.id];`);
  expect(seen).toEqual([640, true]);
});

test('more calls at once than the rate allows all succeed, after the 429 that the page really got', async () => {
  const seen = await inPage<{ plans: string[]; refusals: number }>(`
    const before = performance.getEntriesByType('resource').length;
    const answers = await Promise.all(Array.from({ length: 16 }, () => remuvr.auth()));
    const entries = performance.getEntriesByType('resource').slice(before);
    const refusals = entries.filter((entry) => entry.responseStatus === 429).length;
    return { plans: answers.map((answer) => answer.plan), refusals };`);
  expect(seen.plans).toEqual(Array(16).fill('pro'));
  expect(seen.refusals).toBeGreaterThan(0);
});

test('errors have their codes, and a call is given up by its signal, with and without progress', async () => {
  const codes = await inPage(`
    const stranger = new Remuvr({ key: 'rmv_live_wrong', baseUrl });
    const gone = new AbortController();
    const late = new AbortController();
    const call = remuvr.remove(file, {}, { signal: late.signal, onProgress: () => late.abort() });
    gone.abort();
    return [
      await codeOf(stranger.auth()),
      await codeOf(stranger.remove(file, {}, { onProgress: () => {} })),
      await codeOf(remuvr.remove(new Blob(['no picture']))),
      await codeOf(remuvr.remove(file, {}, { signal: gone.signal })),
      await codeOf(call),
      await codeOf(remuvr.remove(file, {}, { timeoutMs: 1, onProgress: () => {} })),
    ];`);
  expect(codes).toEqual(['invalid_api_key', 'invalid_api_key', 'invalid_image', 'AbortError', 'AbortError', 'timeout']);
});
