/** `remuvr remove` by a server: the same verb, with the work done there. */
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createEnterprise } from '../helpers/api.ts';
import { createInstallation, type Installation, PHOTOS, REMUVR, type ServerProcess, until } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let env: NodeJS.ProcessEnv;
let folder: string;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  const key = await createEnterprise(installation, 'cli');
  // No model and no data of its own: whatever is done, the server does.
  const absent = path.join(installation.dataDir, 'absent');
  const own = { DATA_DIR: absent, MODELS_DIR: absent, npm_config_registry: 'http://127.0.0.1:1' };
  env = { PATH: process.env.PATH, HOME: process.env.HOME, ...own, REMUVR_API_URL: server.url, REMUVR_API_KEY: key };
});
afterAll(async () => await installation?.dispose());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-cli-'));
  await mkdir(path.join(folder, 'in'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

type Run = { code: number; stdout: string; stderr: string };

const remove = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Run> =>
  new Promise((resolve) => {
    execFile(REMUVR, ['remove', ...args], { env: { ...env, ...more }, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });

const bring = (photo: string, name: string) => copyFile(path.join(PHOTOS, photo), path.join(folder, name));

test('a folder is done by the server, what fails is named, and a second run has only that to do', async () => {
  await bring('rocket.jpg', 'in/a.jpg');
  await bring('chelsea.png', 'in/b.png');
  await writeFile(path.join(folder, 'in', 'broken.jpg'), 'no picture');
  const args = ['in', '-o', 'out', '--format', 'webp', '--quality', 'fast', '--parallel', '2'];
  const first = await remove(args);
  expect(first).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/broken\.jpg: .*not a picture.*2 done, 1 failed/s),
  });
  expect((await readdir(path.join(folder, 'out'))).sort()).toEqual(['a.webp', 'b.webp']);
  expect(await sharp(path.join(folder, 'out', 'a.webp')).metadata()).toMatchObject({ width: 640, hasAlpha: true });
  const { stdout } = await remove([...args, '--json']);
  expect(JSON.parse(stdout)).toMatchObject([{ isSkipped: true }, { isSkipped: true }, { error: expect.any(String) }]);
});

test('options reach the server, those that only the server knows too', async () => {
  await bring('rocket.jpg', 'a.jpg');
  expect(await remove(['a.jpg', '-o', 'mask.png', '--mask', '--quality', 'fast'])).toMatchObject({
    code: 0,
    stdout: '',
  });
  expect(await sharp(path.join(folder, 'mask.png')).metadata()).toMatchObject({ channels: 1, width: 640 });
  const refused = await remove(['a.jpg', '--option', 'async=perhaps']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('"async"') });
  const unsure = await remove(['a.jpg', '--min-confidence', '1', '--json']);
  expect(JSON.parse(unsure.stdout)).toMatchObject([{ error: expect.stringContaining('below the 1') }]);
});

test('stdin becomes stdout', async () => {
  const child = spawn(REMUVR, ['remove', '-', '--quality', 'fast'], { env, cwd: folder, stdio: 'pipe' });
  child.stdin.end(await readFile(path.join(PHOTOS, 'rocket.jpg')));
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  expect(await sharp(Buffer.concat(chunks)).metadata()).toMatchObject({ format: 'png', width: 640, channels: 4 });
});

test('of stdin it tells as "-", and --json keeps out of the picture on stdout', async () => {
  const tell = async (bytes: Uint8Array, ...args: string[]): Promise<{ stdout: string; stderr: string }> => {
    const child = spawn(REMUVR, ['remove', '-', '--quality', 'fast', ...args], { env, cwd: folder, stdio: 'pipe' });
    child.stdin.on('error', () => {}).end(bytes);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { stdout, stderr };
  };
  expect(await tell(Buffer.from('no picture'))).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^-: /) });
  const photo = await readFile(path.join(PHOTOS, 'rocket.jpg'));
  expect(JSON.parse((await tell(photo, '-o', 'a.png', '--json')).stdout)).toMatchObject([
    { input: '-', output: 'a.png' },
  ]);
  expect(await tell(photo, '--json')).toMatchObject({ stdout: '', stderr: expect.stringContaining('with -o') });
});

test('the flags are stronger than the settings, and a key that is refused ends the run at its first picture', async () => {
  for (const name of ['a', 'b', 'c']) await bring('rocket.jpg', `in/${name}.jpg`);
  const before = server.log().split('"status":401').length;
  const refused = await remove(['in', '--key', 'rmv_live_wrong', '--parallel', '1']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('0 done, 3 failed') });
  expect(refused.stderr.match(/The API key is missing/g)).toHaveLength(3);
  expect(server.log().split('"status":401').length).toBe(before + 1);
  await bring('rocket.jpg', 'a.jpg');
  const done = await remove(['a.jpg', '--api-url', server.url, '--quality', 'fast'], {
    REMUVR_API_URL: 'http://127.0.0.1:1',
  });
  expect(done.code).toBe(0);
});

test('--watch takes what comes, tells of what fails, and ends when it is asked to', async () => {
  await bring('rocket.jpg', 'in/first.jpg');
  const child = spawn(REMUVR, ['remove', 'in', '-o', 'out', '--watch', '--quality', 'fast'], { env, cwd: folder });
  let told = '';
  child.stderr.on('data', (chunk) => {
    told += chunk;
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const isThere = (name: string) => () => stat(path.join(folder, 'out', name)).then(Boolean, () => false);
  await until('the first is done', isThere('first.png'));
  await bring('rocket.jpg', 'in/second.jpg');
  await writeFile(path.join(folder, 'in', 'broken.jpg'), 'no picture');
  await until('the second is done', isThere('second.png'));
  await until('the failure is told', async () => /broken\.jpg: .*not a picture/.test(told));
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(told.match(/first\.jpg: /g)).toHaveLength(1);
  expect(told.match(/broken\.jpg: /g)).toHaveLength(1);
});
