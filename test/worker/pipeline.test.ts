import { existsSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { openOrtSession } from '../../src/adapters/ort-session.ts';
import { createSharpCodec } from '../../src/adapters/sharp-codec.ts';
import { packZip } from '../../src/adapters/zip-writer.ts';
import { DEFAULT_REMOVAL_OPTIONS, type PipelineRequest, QUALITIES } from '../../src/domain/removal-options.ts';
import type { InferenceSession } from '../../src/ports/inference-session.ts';
import { type PipelineParts, partialPathOf, runPipeline } from '../../src/worker/pipeline.ts';
import { cachedModel } from '../helpers/model-cache.ts';
import { modelOf } from '../helpers/model-of.ts';
import { usePictureFolder } from '../helpers/picture-folder.ts';
import { fromPixels, paintPixels } from '../helpers/picture-maker.ts';
import { makeTinyOnnx } from '../helpers/picture-tiny-onnx.ts';

const folder = usePictureFolder();
const codec = createSharpCodec({ threads: 1 });
const REQUEST: PipelineRequest = { ...DEFAULT_REMOVAL_OPTIONS, isWatermarked: false, maxPixels: 50_000_000 };
const SIZE = 64;
/** Its matte is the mean of the picture's channels, so that every pixel of the result is known. */
let parts: PipelineParts;

beforeAll(async () => {
  const path = await folder.write(makeTinyOnnx(SIZE));
  const session = await openOrtSession({ model: modelOf(path, SIZE), threads: 1 });
  parts = { codec, session, packZip, matteShift: 0 };
});
afterAll(() => parts.session.close());

async function remove(input: Uint8Array, request: Partial<PipelineRequest> = {}, by: PipelineParts = parts) {
  const outputPath = folder.newPath('out');
  const order = { inputPath: await folder.write(input), outputPath, request: { ...REQUEST, ...request } };
  const report = await runPipeline(by, order);
  return { report, bytes: readFileSync(outputPath), outputPath };
}
const rawOf = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer({ resolveWithObject: true });

/** White, with a black stripe down the right quarter. */
const makeHalves = (width = 128, height = 96, channels: 3 | 4 = 3, opacity = 255) =>
  fromPixels(
    paintPixels(width, height, channels, (x) => (x < width * 0.75 ? [255, 255, 255, opacity] : [0, 0, 0, opacity])),
    width,
    height,
    channels,
  )
    .png()
    .toBuffer();

describe('a cutout', () => {
  it('has the size of the source, its colours, and nothing under alpha 0', async () => {
    const { report, bytes, outputPath } = await remove(await makeHalves());
    const { data, info } = await rawOf(bytes);
    expect([info.width, info.height, info.channels]).toEqual([128, 96, 4]);
    for (let y = 0; y < 96; y++) {
      for (let x = 0; x < 128; x++) {
        const [r, g, b, a] = data.subarray((y * 128 + x) * 4, (y * 128 + x) * 4 + 4);
        if (a === 0) expect([r, g, b]).toEqual([0, 0, 0]);
        if (x < 88) expect([r, g, b, a]).toEqual([255, 255, 255, 255]);
        if (x > 104) expect(a).toBe(0);
      }
    }
    expect(report).toMatchObject({ width: 128, height: 96, byteLength: bytes.length });
    expect(report.foreground).toMatchObject({ top: 0, left: 0, height: 96 });
    expect(Math.abs(report.foreground.width - 96)).toBeLessThanOrEqual(3);
    for (const ms of Object.values(report.timings)) expect(ms).toBeGreaterThan(0);
    expect(existsSync(partialPathOf(outputPath))).toBe(false);
  });

  it('multiplies the matte by the alpha of the source', async () => {
    const { bytes } = await remove(await makeHalves(128, 96, 4, 100));
    const { data } = await rawOf(bytes);
    expect([...data.subarray(0, 4)]).toEqual([255, 255, 255, 100]);
    expect(data[127 * 4 + 3]).toBe(0);
  });

  it('as JPEG stands on white', async () => {
    const blue = fromPixels(
      paintPixels(64, 64, 3, (x) => (x < 32 ? [0, 0, 255] : x < 44 ? [255, 255, 255] : [0, 0, 0])),
      64,
      64,
      3,
    );
    const { bytes } = await remove(await blue.png().toBuffer(), { format: 'jpg', quality: 'fast' });
    const { data, info } = await rawOf(bytes);
    expect([info.format, info.channels]).toEqual(['raw', 3]);
    // Blue's mean is a third: 1/3 blue and 2/3 white.
    for (const [i, value] of [170, 170, 255].entries()) expect(Math.abs((data[i] ?? 0) - value)).toBeLessThan(6);
    for (const p of data.subarray(-3)) expect(p).toBeGreaterThan(250);
  });
});

describe('the views of a picture', () => {
  /** White and black, and so much of the width in grey, of which the matte is a half. */
  const makeDoubted = (share: number) =>
    fromPixels(
      paintPixels(64, 64, 3, (x) => (x < 64 * share ? [128, 128, 128] : x < 40 ? [255, 255, 255] : [0, 0, 0])),
      64,
      64,
      3,
    )
      .png()
      .toBuffer();

  it.each([
    ['auto', 'nothing', 0, 1],
    ['auto', 'a little', 0.125, 2],
    ['auto', 'nearly all', 0.6, 1],
    ['fast', 'a little', 0.125, 1],
    ['best', 'nothing', 0, 2],
  ] as const)('with %s, of a picture of which %s is in doubt', async (quality, _, share, views) => {
    const seen: Float32Array[] = [];
    const run: InferenceSession['run'] = async (input) => {
      const matte = await parts.session.run(input);
      seen.push(matte.slice());
      return matte;
    };
    const { bytes } = await remove(
      await makeDoubted(share),
      { quality },
      { ...parts, session: { ...parts.session, run } },
    );
    expect(seen).toHaveLength(views);
    const [own, mirrored] = seen;
    const turned = own?.map((_alpha, i) => own[i - (i % SIZE) + (SIZE - 1 - (i % SIZE))] ?? 0);
    if (mirrored) expect(mirrored).toEqual(turned);
    // Both show the same side: the white one.
    const { data } = await rawOf(bytes);
    expect([data[30 * 4 + 3], data[60 * 4 + 3]]).toEqual([255, 0]);
  });
});

describe('a mask', () => {
  it.each(['png', 'webp', 'avif', 'jpg'] as const)('as %s is the matte in grey', async (format) => {
    const { bytes } = await remove(await makeHalves(), { format, output: 'mask' });
    const { data, info } = await sharp(bytes)
      .removeAlpha()
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([128, 96, 1]);
    expect(data[0]).toBeGreaterThan(250);
    expect(data[127]).toBeLessThan(5);
  });
});

test.each(['png', 'zip'] as const)(
  'the thumbnail of a %s shows what was encoded: the stamp, over nothing',
  async (format) => {
    const thumbnailPath = folder.newPath('thumbnail');
    const inputPath = await folder.write(
      await fromPixels(new Uint8Array(3 * 64 * 64), 64, 64, 3)
        .png()
        .toBuffer(),
    );
    const request = { ...REQUEST, format, isWatermarked: true };
    const report = await runPipeline(parts, { inputPath, outputPath: folder.newPath('out'), thumbnailPath, request });
    expect(report.hasThumbnail).toBe(true);
    const { channels } = await sharp(readFileSync(thumbnailPath)).stats();
    expect([channels[3]?.min, channels[3]?.max]).toEqual([0, 255]);
  },
);

describe('a zip', () => {
  it.each(['cutout', 'mask'] as const)('holds color.jpg and then alpha.png (%s)', async (output) => {
    const { bytes } = await remove(await makeHalves(), { format: 'zip', output });
    const members = unzipSync(bytes);
    expect(Object.keys(members)).toEqual(['color.jpg', 'alpha.png']);
    const { 'color.jpg': colour = new Uint8Array(), 'alpha.png': alpha = new Uint8Array() } = members;
    expect(await sharp(colour).metadata()).toMatchObject({ format: 'jpeg', width: 128, height: 96, channels: 3 });
    expect(await sharp(alpha).metadata()).toMatchObject({
      format: 'png',
      width: 128,
      height: 96,
      channels: 1,
      depth: 'uchar',
    });
    // The colour is the source's, not flattened: black stays black.
    expect((await rawOf(colour)).data[127 * 3]).toBeLessThan(10);
  });
});

describe('a watermark', () => {
  it.each(['cutout', 'mask'] as const)('is on the %s, at the same size, on empty areas too', async (output) => {
    const black = await fromPixels(new Uint8Array(200 * 150 * 3), 200, 150, 3)
      .png()
      .toBuffer();
    const plain = await remove(black, { output });
    const marked = await remove(black, { output, isWatermarked: true });
    expect(marked.report).toMatchObject({ width: 200, height: 150 });
    const [before, after] = await Promise.all([rawOf(plain.bytes), rawOf(marked.bytes)]);
    expect([after.info.width, after.info.height]).toEqual([200, 150]);
    const changed = after.data.filter((value, i) => value !== before.data[i]).length / after.data.length;
    expect(changed).toBeGreaterThan(0.1);
    // The box is the subject's, and there is none.
    expect(marked.report.foreground).toEqual({ top: 0, left: 0, width: 0, height: 0 });
  });
});

describe('confidence', () => {
  it('is 0 where nothing was found, and then no haze is left of it, at any quality', async () => {
    // Its matte is .4 all over.
    const wall = await fromPixels(new Uint8Array(128 * 96 * 3).fill(102), 128, 96, 3)
      .png()
      .toBuffer();
    for (const quality of QUALITIES) {
      const { report, bytes } = await remove(wall, { quality });
      expect(report).toMatchObject({ confidence: 0, foreground: { top: 0, left: 0, width: 0, height: 0 } });
      expect((await rawOf(bytes)).data.every((value) => value === 0)).toBe(true);
    }
  });

  it('is 0 where the own alpha of the picture hides what was found', async () => {
    const { report } = await remove(await makeHalves(128, 96, 4, 0));
    expect(report).toMatchObject({ confidence: 0, foreground: { width: 0 } });
  });

  it('fails below the least that is wanted, and leaves no file; where it is reached, all is as before', async () => {
    const { report } = await remove(await makeHalves());
    expect(report.confidence).toBeGreaterThan(0.5);
    expect(Math.round(report.confidence * 100) / 100).toBe(report.confidence);
    expect((await remove(await makeHalves(), { minConfidence: report.confidence })).report).toMatchObject({
      confidence: report.confidence,
    });
    const wall = await fromPixels(new Uint8Array(64 * 64 * 3), 64, 64, 3)
      .png()
      .toBuffer();
    const order = { inputPath: await folder.write(wall), outputPath: folder.newPath('out') };
    await expect(runPipeline(parts, { ...order, request: { ...REQUEST, minConfidence: 0.01 } })).rejects.toMatchObject({
      code: 'low_confidence',
      message: 'The confidence of the result is 0.00, below the 0.01 that was asked for.',
    });
    expect(existsSync(order.outputPath)).toBe(false);
  });
});

describe('odd shapes', () => {
  it.each([
    [1, 1],
    [1, 5000],
    [5000, 1],
  ])('%i × %i comes out in every format', async (width, height) => {
    const source = await fromPixels(new Uint8Array(width * height * 3).fill(255), width, height, 3)
      .png()
      .toBuffer();
    for (const format of ['png', 'webp', 'avif', 'jpg', 'zip'] as const) {
      const { report, bytes } = await remove(source, { format });
      expect(report).toMatchObject({ width, height });
      if (format !== 'zip') expect(await sharp(bytes).metadata()).toMatchObject({ width, height });
    }
  });

  it('too long for WebP is refused with the way out, before the inference; PNG takes it', async () => {
    const long = await fromPixels(new Uint8Array(17_000 * 3).fill(9), 1, 17_000, 3)
      .png()
      .toBuffer();
    await expect(remove(long, { format: 'webp' })).rejects.toMatchObject({
      code: 'too_many_pixels',
      message: expect.stringContaining('16383'),
    });
    expect((await remove(long)).report.height).toBe(17_000);
  });
});

describe('a failure', () => {
  it('leaves no file, neither whole nor half', async () => {
    await expect(remove(Buffer.from('no picture'))).rejects.toMatchObject({ code: 'invalid_image' });
    await expect(remove(await makeHalves(), { maxPixels: 100 })).rejects.toMatchObject({ code: 'too_many_pixels' });
    expect((await readdir(folder.folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
  it('to write is no fault of the picture', async () => {
    const inputPath = await folder.write(await makeHalves());
    await writeFile(folder.newPath('file'), '');
    const order = { inputPath, outputPath: `${inputPath}/under-a-file`, request: REQUEST };
    await expect(runPipeline(parts, order)).rejects.not.toHaveProperty('name', 'RemuvrError');
  });
});

describe('with the real weights', () => {
  let real: PipelineParts;
  beforeAll(async () => {
    const model = await cachedModel();
    const session = await openOrtSession({ model, threads: 2 });
    real = { codec, session, packZip, matteShift: 0 };
  });
  afterAll(() => real.session.close());

  it('the astronaut is cut out: the upper corners are transparent, the face and the suit opaque', async () => {
    const photo = readFileSync(fileURLToPath(new URL('../photos/astronaut.png', import.meta.url)));
    const { bytes, report } = await remove(photo, {}, real);
    const { data, info } = await rawOf(bytes);
    expect([info.width, info.height, info.channels]).toEqual([512, 512, 4]);
    const alphaAt = (x: number, y: number) => data[(y * 512 + x) * 4 + 3] ?? -1;
    const source = await sharp(photo).removeAlpha().raw().toBuffer();
    for (const [x, y] of [
      [0, 0],
      [511, 0],
      [20, 40],
      [480, 60],
    ] as const) {
      expect(alphaAt(x, y)).toBe(0);
    }
    for (const [x, y] of [
      [225, 120],
      [230, 170],
      [250, 350],
      [200, 450],
    ] as const) {
      expect(alphaAt(x, y)).toBeGreaterThanOrEqual(250);
      const at = y * 512 + x;
      expect([...data.subarray(at * 4, at * 4 + 3)]).toEqual([...source.subarray(at * 3, at * 3 + 3)]);
    }
    expect(report.foreground.height).toBeGreaterThan(450);
  });

  it('in a flat grey picture nothing is found, and that is said', async () => {
    const grey = await fromPixels(new Uint8Array(300 * 200 * 3).fill(128), 300, 200, 3)
      .png()
      .toBuffer();
    const { bytes, report } = await remove(grey, {}, real);
    const nothing = { top: 0, left: 0, width: 0, height: 0 };
    expect(report).toMatchObject({ width: 300, height: 200, foreground: nothing, confidence: 0 });
    const { data, info } = await rawOf(bytes);
    expect(info).toMatchObject({ width: 300, height: 200, channels: 4 });
    expect(data.every((value) => value === 0)).toBe(true);
  });
});
