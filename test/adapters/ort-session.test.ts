import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openOrtSession } from '../../src/adapters/ort-session.ts';
import { modelOf } from '../helpers/model-of.ts';
import { usePictureFolder } from '../helpers/picture-folder.ts';
import { makeTinyByteOnnx, makeTinyOnnx } from '../helpers/picture-tiny-onnx.ts';

const folder = usePictureFolder();
const open = async (
  file: Uint8Array | string,
  row: { inputSize?: number; outputName?: string; isLogits?: boolean } = {},
) =>
  openOrtSession({
    threads: 1,
    model: {
      ...modelOf(await folder.write(file), row.inputSize ?? 4),
      outputName: row.outputName,
      output: row.isLogits ? 'logits' : 'alpha',
    },
  });
const planes = (...values: readonly number[]) => Float32Array.from({ length: 48 }, (_, i) => values[i >> 4] ?? 0);

describe('openOrtSession', () => {
  it.each(['fixed', 'free'])('runs a model whose size is %s, on planes in RGB order', async (kind) => {
    const session = await open(makeTinyOnnx(kind === 'fixed' ? 4 : 'side'));
    expect(session.inputSize).toBe(4);
    const input = planes(0.1, 0.2, 0.6);
    input[5] = 0.4;
    const matte = await session.run(input);
    expect(matte).toHaveLength(16);
    expect(matte[0]).toBeCloseTo(0.3, 6);
    expect(matte[5]).toBeCloseTo(0.4, 6);
    await session.close();
  });

  it('gives a model of bytes those of the picture, and one of floats its planes', async () => {
    const picture = Uint8Array.from({ length: 48 }, (_, i) => i);
    const bytes = await open(makeTinyByteOnnx(4));
    expect((await bytes.run(bytes.prepare(picture)))[5]).toBe(16);
    const floats = await open(makeTinyOnnx(4));
    expect((await floats.run(floats.prepare(picture)))[5]).toBeCloseTo(16 / 255, 6);
    await Promise.all([bytes.close(), floats.close()]);
  });

  it('applies the sigmoid to logits, and to nothing else', async () => {
    const session = await open(makeTinyOnnx(4), { isLogits: true });
    const [matte] = await session.run(planes(2, 2, 2));
    expect(matte).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
    await session.close();
  });

  it('takes the output that the row names', async () => {
    const session = await open(makeTinyOnnx(4), { outputName: 'other' });
    expect((await session.run(planes(0.3, 0.3, 0.3)))[0]).toBeCloseTo(-0.3, 6);
    await session.close();
  });

  it.each([
    ['is damaged, or not a model', 'not a model', {}],
    ['takes \\[1, 1, 4, 4\\], not \\[1, 3, 4, 4\\]', makeTinyOnnx(4, 1), {}],
    ['takes \\[1, 3, 4, 4\\], not \\[1, 3, 8, 8\\]', makeTinyOnnx(4), { inputSize: 8 }],
    ['takes \\[1, 4, 4, 3\\], not \\[1, 8, 8, 3\\]', makeTinyByteOnnx(4), { inputSize: 8 }],
    ['has no float32 output named missing', makeTinyOnnx(4), { outputName: 'missing' }],
  ])('says in one sentence that the file %s', async (sentence, file, row) => {
    await expect(open(file, row)).rejects.toThrow(new RegExp(`^The model .*${sentence}[^\\n]*\\.$`));
  });

  it('says that the file is missing', async () => {
    const model = modelOf(folder.newPath(), 4);
    await expect(openOrtSession({ threads: 1, model })).rejects.toThrow(/cannot be read\.$/);
    await writeFile(model.path, '');
    await expect(openOrtSession({ threads: 1, model })).rejects.toThrow(/is damaged/);
  });
});
