import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { widenTensor } from '../../src/adapters/onnx-file/widen.ts';
import {
  convertToFloat32,
  DATA_TYPE,
  describeImageInterface,
  encodeOnnx,
  parseOnnx,
} from '../../src/adapters/onnx-file.ts';
import { makeTinyHalfModel, makeTinyModel, TINY_SIZE } from '../helpers/tiny-onnx.ts';

const convert = (bytes: Uint8Array): Buffer =>
  Buffer.concat([...encodeOnnx(convertToFloat32(parseOnnx(bytes), 'output'))]);

async function run(model: Uint8Array): Promise<{ outputNames: readonly string[]; alpha: Float32Array }> {
  const session = await InferenceSession.create(model, { executionProviders: ['cpu'], intraOpNumThreads: 1 });
  const shape = [1, 3, TINY_SIZE, TINY_SIZE];
  const input = Float32Array.from({ length: 3 * TINY_SIZE * TINY_SIZE }, (_, i) => Math.sin(i / 97) / 2);
  const outputs = await session.run({ input: new Tensor('float32', input, shape) });
  const alpha = outputs.output?.data as Float32Array;
  await session.release();
  return { outputNames: session.outputNames, alpha };
}

describe('conversion to single precision', () => {
  test('the converted model runs and answers as the original does', async () => {
    const original = await run(makeTinyHalfModel());
    const converted = await run(convert(makeTinyHalfModel()));
    expect(original.outputNames).toEqual(['output', 'side']);
    expect(converted.outputNames).toEqual(['output']);
    const worst = original.alpha.reduce(
      (max, value, i) => Math.max(max, Math.abs(value - (converted.alpha[i] ?? 9))),
      0,
    );
    expect(Math.max(...converted.alpha) - Math.min(...converted.alpha)).toBeGreaterThan(0.2);
    expect(worst).toBeLessThan(1e-3);
  });

  test('only arithmetic on pixels is left: no casts, no shapes, no weights of other outputs', () => {
    const { graph } = parseOnnx(convert(makeTinyHalfModel()));
    expect(graph.node.map((node) => node.opType)).toEqual(['Conv', 'MaxPool', 'Resize', 'Add', 'Sigmoid']);
    expect(graph.initializer.map((tensor) => tensor.name).sort()).toEqual(['bias', 'sizes', 'weight']);
    expect(graph.initializer.filter((tensor) => tensor.dataType === DATA_TYPE.float16)).toEqual([]);
  });

  test('the same model gives the same bytes, and converting twice changes nothing', () => {
    const once = convert(makeTinyHalfModel());
    expect(convert(makeTinyHalfModel()).equals(once)).toBe(true);
    expect(convert(once).equals(once)).toBe(true);
  });

  test('every kind of half becomes the very same number', () => {
    const halves = [0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000, 0x7c00, 0xfc00];
    const tensor = parseOnnx(makeTinyHalfModel()).graph.initializer[0];
    if (!tensor) throw new Error('no tensor');
    const raw = new Uint8Array(Uint16Array.from(halves).buffer);
    const wide = widenTensor({ ...tensor, dims: [halves.length], rawData: raw });
    const values = [...new Float32Array(wide.rawData.slice().buffer)];
    const [infinity, minusInfinity] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(values).toEqual([1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0, infinity, minusInfinity]);
  });

  test('an output that is not there is named', () => {
    expect(() => convertToFloat32(parseOnnx(makeTinyModel()), 'mask')).toThrow('no output named mask');
  });
});

describe('reading', () => {
  test('a model is written back byte for byte in meaning: it parses to the same graph', () => {
    const model = parseOnnx(makeTinyHalfModel());
    const again = parseOnnx(Buffer.concat([...encodeOnnx(model)]));
    expect(JSON.stringify(again)).toBe(JSON.stringify(model));
  });

  test('fields that the schema does not name survive', () => {
    // Field 25 of ModelProto (functions), length-delimited, 3 bytes.
    const unknown = Buffer.of(((25 << 3) & 0x7f) | 0x80 | 2, (25 << 3) >> 7, 3, 0x0a, 0x01, 0x78);
    const bytes = Buffer.concat([makeTinyModel(), unknown]);
    const written = Buffer.concat([...encodeOnnx(parseOnnx(bytes))]);
    expect(written.includes(unknown)).toBe(true);
  });

  test('the input says its size', () => {
    const expected = { inputName: 'input', outputName: 'output', inputSize: TINY_SIZE };
    expect(describeImageInterface(parseOnnx(makeTinyModel()))).toEqual(expected);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('<!doctype html><title>Sign in</title>')],
    ['half a model', makeTinyHalfModel().subarray(0, 700)],
  ])('%s is no model', (_, bytes) => {
    expect(() => parseOnnx(bytes)).toThrow();
  });
});
