/** The published JavaScript sample, in Chromium, in a page of another origin than the API. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, PHOTOS, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let site: Server;
let browser: Browser;
let page: Page;

/** The sample, with what the tests look at left in `window.seen`. */
const createPage = (host: string) => `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<input type="file">
<script>
async function removeBackground(apiKey) {
  const formData = new FormData();
  formData.append('file', document.querySelector('input').files[0]);

  const response = await fetch('${host}' + '/remove', {
    method: 'POST',
    headers: { 'Authorization': 'Bearer ' + apiKey },
    body: formData
  });
  if (!response.ok) {
    return { ok: false, status: response.status, error: await response.json(), requestId: response.headers.get('X-Request-Id') };
  }
  const blob = await response.blob();
  const { width, height } = await createImageBitmap(blob);
  const names = ['X-Job-Id', 'Link', 'X-Width', 'X-Height', 'X-Foreground-Top', 'X-Credits-Charged', 'X-RateLimit-Remaining',
    'RateLimit', 'RateLimit-Policy', 'Server-Timing', 'X-Request-Id'];
  const headers = Object.fromEntries(names.map((name) => [name, response.headers.get(name)]));
  return { ok: true, type: blob.type, size: blob.size, width, height, headers };
}
async function readJob(apiKey, id) {
  const response = await fetch('${host}/v1/status/' + id, { headers: { 'X-API-Key': apiKey } });
  return (await response.json()).job;
}
function showImage(address) {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
    image.onerror = () => resolve('it does not load');
    image.src = address;
    document.body.append(image);
  });
}
</script>`;

const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const CALLING_NOBODY = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await installation.createKey('--plan', 'pro');
  site = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(createPage(server.url));
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...QUIET, ...CALLING_NOBODY] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.setInputFiles('input', path.join(PHOTOS, 'rocket.jpg'));
});
afterAll(async () => {
  await browser?.close();
  site?.closeAllConnections();
  await new Promise((resolve) => (site ? site.close(resolve) : resolve(undefined)));
  await installation?.dispose();
});

/** Calls a function of the page. */
const inPage = <T>(name: string, ...args: string[]): Promise<T> =>
  page.evaluate(`${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);

type Seen = {
  ok: boolean;
  type: string;
  size: number;
  width: number;
  height: number;
  headers: Record<string, string | null>;
};

test('the sample gets the cut-out as a blob, and the page reads the headers and shows the result by its link', async () => {
  const seen = await inPage<Seen>('removeBackground', key);
  expect(seen).toMatchObject({ ok: true, type: 'image/png', width: 640, height: 427 });
  expect(seen.size).toBeGreaterThan(10_000);
  expect(Object.entries(seen.headers).filter(([, value]) => value === null)).toEqual([]);
  expect(seen.headers).toMatchObject({ 'X-Width': '640', 'X-Height': '427', 'X-Credits-Charged': '1' });
  const job = await inPage<{ status: string; result: string }>('readJob', key, seen.headers['X-Job-Id'] ?? '');
  expect(job.status).toBe('completed');
  expect(await inPage('showImage', job.result)).toEqual([640, 427]);
});

test('an error can be read by the page too', async () => {
  expect(await inPage('removeBackground', 'rmv_live_wrong')).toEqual({
    ok: false,
    status: 401,
    error: { status: 'error', code: 'invalid_api_key', message: expect.any(String), requestId: expect.any(String) },
    requestId: expect.any(String),
  });
});
