/** Starting, stopping, and every way in which a start is refused: one clear sentence, exit code 1. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, until } from '../helpers/server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let installation: Installation;

beforeAll(async () => {
  installation = await createInstallation({}, { hasDatabase: false });
});
afterAll(async () => await installation?.dispose());

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

type Failure = { code: number; stderr: string };

/** Runs a command that must fail. */
async function runFailing(args: string[], env: Record<string, string> = {}): Promise<Failure> {
  const child = spawn(path.join(ROOT, 'bin/remuvr'), args, { env: { ...installation.env, ...env }, cwd: tmpdir() });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number>((resolve) => child.once('close', (value) => resolve(value ?? -1)));
  return { code, stderr: stderr.trim() };
}

const expectSentence = ({ code, stderr }: Failure, sentence: RegExp): void => {
  expect(code).toBe(1);
  expect(stderr.split('\n')).toHaveLength(1);
  expect(stderr).toMatch(sentence);
};

test('SIGTERM to `npm start` stops the server behind it, and its PostgreSQL', async () => {
  const npm = spawn('npm', ['start'], { cwd: ROOT, env: installation.env, stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  npm.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const exited = new Promise((resolve) => npm.once('exit', resolve));
  const url = await until('the address is printed', async () => /running at (\S+)/.exec(out)?.[1]);
  expect(out).toContain('keys create');
  npm.kill('SIGTERM');
  await exited;
  await until('nobody listens any more', async () => (await fetch(url).catch(() => 'gone')) === 'gone');
  await until('PostgreSQL has gone', async () => {
    const files = await readdir(path.join(installation.dataDir, 'postgres'));
    return !files.includes('postmaster.pid');
  });
});

test('a second server on the same data folder names the first and exits 1; keys are made beside the first', async () => {
  const first = await installation.start();
  expectSentence(await runFailing(['serve']), new RegExp(`Another server \\(process ${first.process.pid} .*DATA_DIR`));
  expect(await installation.createKey('--plan', 'pro')).toMatch(/^rmv_live_\w+$/);
  expect(await first.stop()).toBe(0);
});

test('keys are made without a server, and no PostgreSQL stays behind', async () => {
  const key = await installation.createKey('--plan', 'pro', '--account', 'offline');
  const listed = JSON.parse((await installation.run('keys', 'list', '--account', 'offline', '--json')).stdout);
  expect(listed).toMatchObject([{ account: 'offline', key: `rmv_live_…${key.slice(-4)}`, state: 'active' }]);
  expect(await readdir(path.join(installation.dataDir, 'postgres'))).not.toContain('postmaster.pid');
});

test('a port in use is named', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  cleanups.push(() => new Promise((resolve) => other.close(resolve)));
  await until('the port is taken', async () => other.listening);
  const { port } = other.address() as { port: number };
  expectSentence(await runFailing(['serve'], { PORT: String(port) }), new RegExp(`Port ${port} is in use`));
  expectSentence(await runFailing(['serve'], { METRICS_PORT: String(port) }), /choose another by METRICS_PORT/);
});

test.each([
  [{ DATABASE_URL: 'postgres://localhost:1/none' }, /database cannot be reached.*DATABASE_URL/],
  [{ DATABASE_URL: 'mysql://localhost/x' }, /DATABASE_URL is "mysql:.*postgres:\/\/.*configuration\.md#database_url/],
  [{ PORT: 'eighty' }, /PORT is "eighty".*whole number/],
  [{ HOST: '203.0.113.9' }, /HOST is "203\.0\.113\.9"/],
  [{ MODEL: 'isnett' }, /no model named "isnett".*isnet/],
  [{ MODEL: 'bria-rmbg' }, /licence of bria-rmbg.*ACCEPT_MODEL_LICENSE/],
])('%o is refused in one sentence', async (env, sentence) => {
  expectSentence(await runFailing(['serve'], env), sentence);
});

test('a data folder that is a file, or cannot be made, is refused in one sentence', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'remuvr-start-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'file'), '');
  expectSentence(await runFailing(['serve'], { DATA_DIR: path.join(folder, 'file') }), /DATA_DIR/);
  expectSentence(await runFailing(['serve'], { DATA_DIR: '/proc/remuvr' }), /DATA_DIR/);
});

test.each([
  [['nonsense'], /no verb "nonsense".*serve.*remove/],
  [['keys', 'create'], /--plan/],
  [['keys', 'create', '--plan', 'gold'], /plans are free, pro, business, enterprise/],
  [['remove'], /missing required argument/],
  [['accounts', 'set-limits', 'x', '--rps', '-1'], /.+/],
  [['serve', '--nope'], /unknown option '--nope'/],
])('the wrong use %j exits 2 with a sentence', async (args, sentence) => {
  const { code, stderr } = await runFailing(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(sentence);
});
