/** `remuvr remove` without a server: a file, a folder, stdin; what fails does not stop the rest. */
import { execFile, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cachedModelsDir } from '../helpers/model-cache.ts';
import { PHOTOS, REMUVR } from '../helpers/server.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-cli-'));
  const { PATH, HOME } = process.env;
  // One thread, for other files are tested meanwhile: see createInstallation.
  env = { PATH, HOME, DATA_DIR: folder, MODELS_DIR: await cachedModelsDir(), THREADS: '1' };
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

type Run = { code: number; stdout: string; stderr: string };

function remove(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(REMUVR, ['remove', ...args], { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test('a photo becomes a cutout of its size, under the name that was asked for', async () => {
  await copyFile(path.join(PHOTOS, 'coffee.png'), path.join(folder, 'photo.png'));
  expect(await remove('photo.png', '-o', 'cutout.png')).toMatchObject({ code: 0, stdout: '' });
  const { data, info } = await sharp(path.join(folder, 'cutout.png')).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([600, 400, 4]);
  expect([data[3], data[(200 * 600 + 300) * 4 + 3]]).toEqual([0, 255]);
});

test('a folder becomes a folder; the file that fails is named, the others are done, and the exit code is 1', async () => {
  await mkdir(path.join(folder, 'in'));
  await copyFile(path.join(PHOTOS, 'chelsea.png'), path.join(folder, 'in', 'cat.png'));
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'in', 'rocket.jpg'));
  await writeFile(path.join(folder, 'in', 'broken.jpg'), 'no picture');
  await writeFile(path.join(folder, 'in', 'notes.txt'), 'not asked for');
  const { code, stderr } = await remove('in', '-o', 'out', '--format', 'webp');
  expect(code).toBe(1);
  expect(stderr).toMatch(/broken\.jpg: .*not a picture/);
  expect(stderr).toContain('2 done, 1 failed');
  expect((await readdir(path.join(folder, 'out'))).sort()).toEqual(['cat.webp', 'rocket.webp']);
});

test('stdin becomes stdout, bytes alone', async () => {
  const child = spawn(REMUVR, ['remove', '-', '--mask'], { env, cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  createReadStream(path.join(PHOTOS, 'astronaut.png')).pipe(child.stdin);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const { width, height, format, channels } = await sharp(await buffer(child.stdout)).metadata();
  expect({ width, height, format, channels }).toEqual({ width: 512, height: 512, format: 'png', channels: 1 });
  expect(await exited).toBe(0);
});

test('what became of each file is told as JSON', async () => {
  const { code, stdout } = await remove('absent.jpg', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject([{ input: 'absent.jpg', error: 'There is no such file.' }]);
});

test('each result has its confidence, and one below --min-confidence is a failure that leaves no file', async () => {
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'rocket.jpg'));
  const done = await remove('rocket.jpg', '--json');
  const [{ confidence, error }] = JSON.parse(done.stdout);
  expect([done.code, error]).toEqual([0, undefined]);
  expect(confidence).toBeGreaterThan(0);
  const refused = await remove('rocket.jpg', '-o', 'sure.png', '--min-confidence', '1', '--json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject([
    { error: `The confidence of the result is ${confidence.toFixed(2)}, below the 1 that was asked for.` },
  ]);
  expect((await readdir(folder)).includes('sure.png')).toBe(false);
  expect(await remove('rocket.jpg', '--min-confidence', '80')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('a number from 0 to 1'),
  });
});

test('of two files that would become one the first is done, and the second is named', async () => {
  await mkdir(path.join(folder, 'in'));
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'in', 'a.jpg'));
  await copyFile(path.join(PHOTOS, 'coffee.png'), path.join(folder, 'in', 'a.png'));
  const { code, stderr } = await remove('in', '-o', 'out');
  expect(code).toBe(1);
  expect(stderr).toMatch(/a\.png: Its result would take the place of that of .*a\.jpg/);
  expect((await sharp(path.join(folder, 'out', 'a.png')).metadata()).width).toBe(640);
});

test('a picture is never overwritten by its own cutout', async () => {
  const photo = await readFile(path.join(PHOTOS, 'chelsea.png'));
  await writeFile(path.join(folder, 'cat.png'), photo);
  const { code, stderr } = await remove('cat.png', '-o', './cat.png');
  expect(code).toBe(1);
  expect(stderr).toContain('take the place of the picture itself');
  expect(photo.equals(await readFile(path.join(folder, 'cat.png')))).toBe(true);
});

test.each([
  [['-o', 'x.gif'], /"x\.gif" cannot be written/],
  [['-o', 'x.webp', '--format', 'png'], /"x\.webp" is not a name for png/],
])('%j contradicts itself, and is refused with exit code 2', async (args, sentence) => {
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'a.jpg'));
  const { code, stderr } = await remove('a.jpg', ...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(sentence);
  expect(await readdir(folder)).toEqual(['a.jpg']);
});

test('a folder is walked, its folders are there again, and a second run does only what is new or was forced', async () => {
  await mkdir(path.join(folder, 'in', 'deep', '.hidden'), { recursive: true });
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'in', 'top.jpg'));
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'in', 'deep', 'a.jpg'));
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'in', 'deep', '.hidden', 'b.jpg'));
  const args = ['in', '-o', 'in/out', '--quality', 'fast'];
  expect(await remove(...args)).toMatchObject({ code: 0, stderr: '2 done, 0 failed\n' });
  expect((await readdir(path.join(folder, 'in', 'out'), { recursive: true })).sort()).toEqual([
    'deep',
    'deep/a.png',
    'top.png',
  ]);
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'in', 'new.jpg'));
  const second = await remove(...args, '--json');
  expect(second.stderr).toBe('1 done, 0 failed, 2 were done before\n');
  const told = JSON.parse(second.stdout) as { input: string; isSkipped?: boolean }[];
  expect(told.filter((task) => !task.isSkipped).map((task) => task.input)).toEqual(['in/new.jpg']);
  expect((await remove(...args, '--force', '--parallel', '1')).stderr).toBe('3 done, 0 failed\n');
});

test('a pattern names files of any depth, and never what an earlier run made; one picture goes to stdout', async () => {
  await mkdir(path.join(folder, 'in', 'deep'), { recursive: true });
  await copyFile(path.join(PHOTOS, 'coffee.png'), path.join(folder, 'in', 'deep', 'a.png'));
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'in', 'b.JPG'));
  await writeFile(path.join(folder, 'in', 'c.gif'), 'not asked for');
  const pattern = 'in/**/*.{png,jpg}';
  expect((await remove(pattern, '--quality', 'fast')).stderr).toBe('2 done, 0 failed\n');
  expect((await remove(pattern, '--quality', 'fast')).stderr).toBe('0 done, 0 failed, 2 were done before\n');
  expect((await readdir(path.join(folder, 'in', 'deep'))).sort()).toEqual(['a-cutout.png', 'a.png']);
  expect(await remove('in/*.bmp')).toMatchObject({ code: 2, stderr: expect.stringContaining('no picture') });
  const child = spawn(REMUVR, ['remove', 'in/b.JPG', '-o', '-', '--mask'], { env, cwd: folder, stdio: 'pipe' });
  expect(await sharp(await buffer(child.stdout)).metadata()).toMatchObject({ width: 640, format: 'png', channels: 1 });
});

test('edits are made here as a server makes them: preset, colour, options, and a picture for the background', async () => {
  await copyFile(path.join(PHOTOS, 'rocket.jpg'), path.join(folder, 'a.jpg'));
  const cornerOf = async (name: string) => {
    const { data, info } = await sharp(path.join(folder, name))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return [info.width, info.height, ...data.subarray(0, 3)];
  };
  const blue = sharp({ create: { width: 20, height: 20, channels: 3, background: '#0000ff' } }).png();
  await blue.toFile(path.join(folder, 'blue.png'));
  const runs = [
    await remove('a.jpg', '-o', 'amazon.png', '--preset', 'amazon', '--quality', 'fast'),
    await remove('a.jpg', '-o', 'red.png', '--background', 'red', '--option', 'size=preview', '--quality', 'fast'),
    await remove('a.jpg', '-o', 'blue-behind.png', '--background', 'blue.png', '--quality', 'fast'),
  ];
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await cornerOf('amazon.png')).toEqual([1600, 1600, 255, 255, 255]);
  expect((await cornerOf('red.png'))[0]).toBeLessThan(640);
  expect((await cornerOf('red.png')).slice(2)).toEqual([255, 0, 0]);
  expect(await cornerOf('blue-behind.png')).toEqual([640, 427, 0, 0, 255]);
});

test.each([
  [['a.jpg', '--preset', 'mine'], /names no preset that there is/],
  [['a.jpg', '--background', 'reddish'], /"background" must be/],
  [['a.jpg', '--option', 'background_file=none.jpg'], /"none.jpg" is not a file/],
  [['a.jpg', '--api-url', 'nowhere'], /"nowhere" is not the URL of a server/],
  [['a.jpg', '--api-url', 'http://localhost:1'], /A server asks for a key/],
  [['a.jpg', '--option', 'crop'], /write name=value/],
  [['-', '--watch'], /--watch goes with neither/],
])('%j is refused with exit code 2', async (args, sentence) => {
  const { code, stderr } = await remove(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(sentence);
});
