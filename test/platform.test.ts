import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { ReadyModel } from '../src/domain/model.ts';
import { DEFAULT_REMOVAL_OPTIONS, type Quality } from '../src/domain/removal-options.ts';
import { openPipeline } from '../src/platform/engine.ts';
import { usePictureFolder } from './helpers/picture-folder.ts';
import { makeTinyOnnx } from './helpers/picture-tiny-onnx.ts';

const folder = usePictureFolder();
const SIZE = 32;

/** Its int8 form is there, its file in single precision is not: a quality that succeeds does without it. */
async function openWithoutSingle(precisions: Pick<ReadyModel, 'precision' | 'bestPrecision'>) {
  const model: ReadyModel = {
    name: 'tiny',
    path: folder.newPath('missing.onnx'),
    int8Path: await folder.write(makeTinyOnnx(SIZE)),
    bytes: 1,
    inputSize: SIZE,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    output: 'alpha',
    inputName: undefined,
    outputName: undefined,
    ...precisions,
  };
  const run = await openPipeline({ model, threads: 2 }, 2);
  const picture = sharp({ create: { width: 40, height: 30, channels: 3, background: 'white' } });
  const inputPath = await folder.write(await picture.png().toBuffer());
  return async (quality: Quality, threads: number): Promise<string> => {
    const outputPath = folder.newPath('out.png');
    const request = {
      ...DEFAULT_REMOVAL_OPTIONS,
      quality,
      isWatermarked: false,
      maxPixels: 10_000,
    } as const;
    await run({ inputPath, outputPath, request }, threads);
    return outputPath;
  };
}

test('fast and auto run in one form, best in the other, at every width', async () => {
  const remove = await openWithoutSingle({ precision: 'int8', bestPrecision: 'fp32' });
  for (const threads of [2, 1, 2]) {
    expect(existsSync(await remove('fast', threads))).toBe(true);
    expect(existsSync(await remove('auto', threads))).toBe(true);
    await expect(remove('best', threads)).rejects.toThrow('missing.onnx cannot be read');
  }
});

test('best runs in the form of the others where it has none of its own', async () => {
  const remove = await openWithoutSingle({ precision: 'int8' });
  expect(existsSync(await remove('best', 1))).toBe(true);
});
