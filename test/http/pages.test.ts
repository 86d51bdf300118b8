/** The dashboard's build as it is served: the page for every address of its own, files to be kept, and a policy without exceptions. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { openTestContext, type TestContext } from '../helpers/database.ts';

const PAGE = '<!doctype html><title>Remuvr</title>';
const SCRIPT = 'export {};';
let opened: TestContext;
let app: FastifyInstance;
let bare: FastifyInstance;

beforeAll(async () => {
  opened = await openTestContext();
  const webDir = path.join(opened.folder, 'web');
  await mkdir(path.join(webDir, 'assets'), { recursive: true });
  await writeFile(path.join(webDir, 'index.html'), PAGE);
  await writeFile(path.join(webDir, 'index.html.br'), brotliCompressSync(PAGE));
  await writeFile(path.join(webDir, 'index.html.gz'), gzipSync(PAGE));
  await writeFile(path.join(webDir, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(path.join(webDir, 'assets', 'index-a1b2c3d4.js'), SCRIPT);
  await writeFile(path.join(webDir, 'assets', 'index-a1b2c3d4.js.br'), brotliCompressSync(SCRIPT));
  await writeFile(path.join(opened.folder, 'secret.txt'), 'secret');
  app = await create(webDir);
  bare = await create(path.join(opened.folder, 'nothing'));
});
afterAll(async () => {
  await app?.close();
  await bare?.close();
  await opened?.close();
});

async function create(webDir: string): Promise<FastifyInstance> {
  return await createApp({
    ctx: opened.ctx,
    webDir,
    logger: pino({ level: 'silent' }),
    checks: {},
    identity: () => Promise.reject(new Error('nobody signs in here')),
    facts: { billing: 'none', mail: 'log', providers: [] },
    settings: {
      publicUrl: () => 'http://localhost:8080',

      pictureOrigins: [],
      cdnUrl: () => 'https://cdn.example/pictures',
      timeZone: '+00:00',
      maxPixels: 1e6,
      maxBatchItems: 1,
      maxBatchBytes: 1,
      maxUploads: 1,
      quality: 'auto',
      syncTimeoutSeconds: 1,
      uploadTimeoutSeconds: 10,
      trustedProxies: 0,
      hasRembgGuests: false,
      version: '0.0.0',
      stopping: new AbortController().signal,
    },
  });
}

const open = (url: string, server = app) =>
  server.inject({ url, headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });

test.each(['/', '/keys', '/jobs/550e8400', '/reset-password?token=x'])('%s is the page', async (url) => {
  const answer = await open(url);
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(answer.body).toContain('<title>Remuvr</title>');
  expect(answer.headers['cache-control']).toBe('no-cache');
});

test('the page runs no script but its own files, and speaks to this origin and the results alone', async () => {
  const policy = String((await open('/')).headers['content-security-policy']);
  const directives = new Map(policy.split('; ').map((text) => [text.split(' ')[0], text.split(' ').slice(1)]));
  expect(directives.get('default-src')).toEqual(["'none'"]);
  expect(directives.get('script-src')).toEqual(["'self'"]);
  expect(directives.get('connect-src')).toEqual(["'self'", 'https://cdn.example']);
  expect(directives.get('frame-ancestors')).toEqual(["'none'"]);
  expect(policy).not.toContain('unsafe');
});

test('a file with a hash in its name may be kept for ever, another is asked for again', async () => {
  const script = await app.inject('/assets/index-a1b2c3d4.js');
  expect(script.headers['content-type']).toMatch(/javascript/);
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  const icon = await app.inject('/favicon.svg');
  expect([icon.statusCode, icon.headers['cache-control']]).toEqual([200, 'no-cache']);
  const again = await app.inject({ url: '/favicon.svg', headers: { 'if-none-match': String(icon.headers.etag) } });
  expect(again.statusCode).toBe(304);
});

test.each([
  ['gzip, deflate, br', 'br', brotliDecompressSync],
  ['gzip', 'gzip', gunzipSync],
  ['identity', undefined, (body: Buffer) => body],
] as const)('to who takes %s the page is sent as %s, and caches are told', async (accepted, encoding, unpack) => {
  for (const url of ['/', '/keys']) {
    const answer = await app.inject({ url, headers: { accept: 'text/html', 'accept-encoding': accepted } });
    expect([answer.headers['content-encoding'], answer.headers['content-type']]).toEqual([
      encoding,
      'text/html; charset=utf-8',
    ]);
    expect(answer.headers.vary).toMatch(/accept-encoding/i);
    expect(unpack(answer.rawPayload).toString()).toBe(PAGE);
  }
});

test('a packed script keeps its type and its year, and has no address of its own', async () => {
  const url = '/assets/index-a1b2c3d4.js';
  const { headers, rawPayload } = await app.inject({ url, headers: { 'accept-encoding': 'br' } });
  expect([headers['content-encoding'], headers['cache-control']]).toEqual([
    'br',
    'public, max-age=31536000, immutable',
  ]);
  expect(headers['content-type']).toMatch(/javascript/);
  expect(brotliDecompressSync(rawPayload).toString()).toBe(SCRIPT);
  // No gzip of it lies there: it is sent as it is.
  expect((await app.inject({ url, headers: { 'accept-encoding': 'gzip' } })).body).toBe(SCRIPT);
  expect((await app.inject(`${url}.br`)).statusCode).toBe(404);
});

test('addresses of programs are no pages, and neither are files that are not there', async () => {
  for (const url of ['/api/nothing', '/v1/nothing', '/processed/nothing.png', '/processed/']) {
    const answer = await open(url);
    expect([url, answer.statusCode]).toEqual([url, 404]);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  }
  expect((await app.inject('/assets/gone.js')).statusCode).toBe(404);
  expect((await app.inject({ method: 'POST', url: '/keys', headers: { accept: 'text/html' } })).statusCode).toBe(404);
});

test('nothing outside of the build is served', async () => {
  for (const url of ['/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt']) {
    expect((await app.inject(url)).body).not.toBe('secret');
    expect((await open(url)).body).not.toBe('secret');
  }
});

test.each(['/docs', '/docs/'])('%s is the page for whoever asks, under the policy of the others', async (url) => {
  for (const accept of ['text/html', '*/*']) {
    const answer = await app.inject({ url, headers: { accept } });
    expect([answer.statusCode, answer.body]).toEqual([200, PAGE]);
    expect(answer.headers['content-security-policy']).toBe((await open('/')).headers['content-security-policy']);
  }
  const { statusCode, headers } = await app.inject({ method: 'POST', url });
  expect([statusCode, headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
});

test('without a build there is no page, and the reference is the description itself', async () => {
  const answer = await open('/', bare);
  expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
  const { statusCode, headers } = await open('/docs', bare);
  expect([statusCode, headers.location]).toEqual([302, '/openapi.json']);
});
