import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openOrtSession } from '../../src/adapters/ort-session.ts';
import { usePictureFolder } from '../helpers/picture-folder.ts';
import { makeTinyOnnx } from '../helpers/picture-tiny-onnx.ts';

const folder = usePictureFolder();
const open = async (
  file: Uint8Array | string,
  row: { inputSize?: number; outputName?: string; isLogits?: boolean } = {},
) =>
  openOrtSession({
    threads: 1,
    model: {
      path: await folder.write(file),
      inputSize: row.inputSize ?? 4,
      inputName: undefined,
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
    ['has no float32 output named missing', makeTinyOnnx(4), { outputName: 'missing' }],
  ])('says in one sentence that the file %s', async (sentence, file, row) => {
    await expect(open(file, row)).rejects.toThrow(new RegExp(`^The model .*${sentence}[^\\n]*\\.$`));
  });

  it('says that the file is missing', async () => {
    const model = { path: folder.newPath(), inputSize: 4, inputName: undefined, outputName: undefined } as const;
    await expect(openOrtSession({ threads: 1, model: { ...model, output: 'alpha' } })).rejects.toThrow(
      /cannot be read\.$/,
    );
    await writeFile(model.path, '');
    await expect(openOrtSession({ threads: 1, model: { ...model, output: 'alpha' } })).rejects.toThrow(/is damaged/);
  });
});
