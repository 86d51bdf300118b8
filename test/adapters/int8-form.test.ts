/** The int8 form of the real weights: what it is made of, and how near it comes to single precision. */
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createModelFiles, type ModelFiles } from '../../src/adapters/model-files.ts';
import { openOrtSession } from '../../src/adapters/ort-session.ts';
import { createSharpCodec } from '../../src/adapters/sharp-codec.ts';
import { inPrecision, MODELS, type ReadyModel } from '../../src/domain/model.ts';
import type { InferenceSession } from '../../src/ports/inference-session.ts';
import { cachedModel } from '../helpers/model-cache.ts';

const PHOTOS = fileURLToPath(new URL('../photos/', import.meta.url));

describe('an installation that has the model in single precision alone', () => {
  let folder: string;
  let files: ModelFiles;
  let ready: ReadyModel;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'remuvr-int8-'));
    await copyFile((await cachedModel()).path, path.join(folder, 'isnet.onnx'));
    // Nobody answers there, so that a download would fail.
    const env = { HOME: folder, npm_config_registry: 'http://127.0.0.1:9/' };
    files = createModelFiles({ modelsDir: folder, env, cwd: folder, retry: { delaysMs: [], stallMs: 1000 } });
    expect(await files.find(MODELS.isnet)).toBeUndefined();
    expect(await files.verify(MODELS.isnet)).toMatchObject({
      kind: 'damaged',
      sentence: expect.stringMatching(/is missing; .remuvr models/),
    });
    ready = await files.pull(MODELS.isnet);
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  test('makes the int8 form without a network, with the very bytes of the table', async () => {
    expect(ready.int8Path).toBe(path.join(folder, 'isnet-int8.onnx'));
    expect(ready.int8Digest).toBe(MODELS.isnet.int8.checksum.hex);
    expect(await files.verify(MODELS.isnet)).toMatchObject({ kind: 'ok', int8: { path: ready.int8Path } });
    const listing = (await files.list()).find(({ model }) => model.name === 'isnet');
    expect(listing?.int8Bytes).toBeGreaterThan(40_000_000);
  });

  test('finds it from then on, and makes it again where it is damaged', async () => {
    expect(await files.find(MODELS.isnet)).toEqual(ready);
    await writeFile(String(ready.int8Path), 'not a model');
    expect(await files.find(MODELS.isnet)).toBeUndefined();
    expect(await files.verify(MODELS.isnet)).toMatchObject({ kind: 'damaged', path: ready.int8Path });
    expect(await files.pull(MODELS.isnet)).toEqual(ready);
    expect(await files.verify(MODELS.isnet)).toMatchObject({ kind: 'ok' });
  });

  test('makes it again where another release left its own, whole and verified', async () => {
    const other = 'the int8 form of another release';
    const hex = createHash('sha256').update(other).digest('hex');
    const note = { bytes: other.length, checksum: { algorithm: 'sha256', hex } };
    await writeFile(path.join(folder, 'isnet-int8.onnx'), other);
    await writeFile(path.join(folder, 'isnet-int8.manifest.json'), JSON.stringify(note));
    expect(await files.find(MODELS.isnet)).toBeUndefined();
    expect(await files.pull(MODELS.isnet)).toEqual(ready);
    expect(await files.find(MODELS.isnet)).toEqual(ready);
  });
});

describe('the mattes of the int8 form', () => {
  let model: ReadyModel;
  const mattes = new Map<string, Float32Array>();
  const codec = createSharpCodec({ threads: 2 });

  async function infer(session: InferenceSession, photo: string): Promise<Float32Array> {
    const image = await codec.decode(path.join(PHOTOS, photo), { maxPixels: 10_000_000 });
    return session.run(session.prepare(await codec.resizeToSquare(image, model.inputSize)));
  }

  beforeAll(async () => {
    model = await cachedModel();
    for (const form of ['fp32', 'int8', 'matrix'] as const) {
      const wideConvs = form === 'matrix' ? 'matrix' : 'direct';
      const chosen = inPrecision({ ...model, wideConvs }, form === 'fp32' ? 'fp32' : 'int8');
      const session = await openOrtSession({ model: chosen, threads: 2 });
      for (const photo of ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg']) {
        mattes.set(`${form} ${photo}`, await infer(session, photo));
      }
      await session.close();
    }
  });

  test('are the very same with wide convolutions as products of matrices', () => {
    const [direct, matrix] = [mattes.get('int8 chelsea.png'), mattes.get('matrix chelsea.png')];
    expect(direct?.some((alpha) => alpha > 0.9)).toBe(true);
    expect(matrix).toEqual(direct);
  });

  // Measured: .999, .988, .999 and .933.
  test.each([
    ['astronaut.png', 0.99],
    ['chelsea.png', 0.98],
    ['coffee.png', 0.99],
    ['rocket.jpg', 0.9],
  ])('cut %s out as single precision does: IoU at least %f', (photo, least) => {
    const [exact, given] = [mattes.get(`fp32 ${photo}`), mattes.get(`int8 ${photo}`)];
    let both = 0;
    let either = 0;
    for (const [i, alpha] of exact?.entries() ?? []) {
      const [isWanted, isGiven] = [alpha >= 0.5, (given?.[i] ?? 0) >= 0.5];
      if (isWanted && isGiven) both++;
      if (isWanted || isGiven) either++;
    }
    expect(either).toBeGreaterThan(1000);
    expect(both / either).toBeGreaterThanOrEqual(least);
  });
});
