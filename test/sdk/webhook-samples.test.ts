/** The receivers of docs/webhooks.md, run as they are printed; only the port is changed. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { composeWebhookSecret, signWebhook } from '../../src/services/sign-webhook.ts';
import { until } from '../helpers/server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SECRET = composeWebhookSecret(Buffer.alloc(32, 7));
const OTHER = composeWebhookSecret(Buffer.alloc(32, 8));

let folder: string;
let page: string;
let receiver: ChildProcess | undefined;
let output = '';

beforeAll(async () => {
  page = await readFile(path.join(ROOT, 'docs/webhooks.md'), 'utf8');
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-receivers-'));
  const installed = path.join(folder, 'node_modules/@remuvr/client');
  await mkdir(installed, { recursive: true });
  const build = ['vite', 'build', '--outDir', path.join(installed, 'dist')];
  await promisify(execFile)('npx', build, { cwd: path.join(ROOT, 'sdk') });
  await symlink(path.join(ROOT, 'sdk/package.json'), path.join(installed, 'package.json'));
});
afterEach(() => receiver?.kill());
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Resolves with its address when it answers. */
async function startReceiver(language: string, program: string, file: string): Promise<string> {
  const sample = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1] ?? '';
  const port = await findFreePort();
  expect(sample).toContain('3000');
  await writeFile(path.join(folder, file), sample.replace('3000', String(port)));
  output = '';
  const env = { ...process.env, REMUVR_WEBHOOK_SECRET: SECRET };
  receiver = spawn(program, [file], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  receiver.stdout?.on('data', (piece) => {
    output += piece;
  });
  const url = `http://127.0.0.1:${port}/`;
  await until('the receiver answers', async () => await fetch(url, { method: 'POST', body: '{}' }).catch(() => false));
  return url;
}

test.each([
  ['js', process.execPath, 'receiver.mjs'],
  ['python', '/usr/bin/python3', 'receiver.py'],
])('the one in %s believes what this server signs, during a rotation too, and nothing else', async (...sample) => {
  const url = await startReceiver(...sample);
  const body = JSON.stringify({ type: 'job.completed', data: { id: 'é', result: 'https://a.example/é.png' } });
  const post = async (secrets: string[], { sent = body, sentAt = new Date() } = {}) => {
    const headers = signWebhook({ id: 'msg_1', sentAt, body, secrets });
    return (await fetch(url, { method: 'POST', headers, body: sent })).status;
  };
  expect(await post([SECRET])).toBe(204);
  expect(await post([OTHER, SECRET])).toBe(204);
  expect(await post([OTHER])).toBe(400);
  expect(await post([SECRET], { sent: body.replace('completed', 'failed') })).toBe(400);
  expect(await post([SECRET], { sentAt: new Date(Date.now() - 301_000) })).toBe(400);
  await until('it says what came', async () => output.split('https://a.example/é.png').length === 3);
});
