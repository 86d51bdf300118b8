import { createHash } from 'node:crypto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import {
  computeSteps,
  encodeOnnx,
  exposeTensors,
  formatScaleTable,
  Histogram,
  listObserved,
  type OnnxModel,
  parseOnnx,
  parseScaleTable,
  quantiseModel,
  type ScaleTable,
} from '../../src/adapters/onnx-file.ts';
import { makeNetInput, makeTinyConvNet, NET_SIZE } from '../helpers/tiny-conv-net.ts';

const encode = (model: OnnxModel): Buffer => Buffer.concat([...encodeOnnx(model)]);

async function run(model: OnnxModel, inputs: readonly Float32Array[], names: string[]) {
  const session = await InferenceSession.create(encode(model), { intraOpNumThreads: 1 });
  try {
    const results = [];
    for (const input of inputs) {
      results.push(await session.run({ input: new Tensor('float32', input, [1, 3, NET_SIZE, NET_SIZE]) }, names));
    }
    return results;
  } finally {
    await session.release();
  }
}

async function calibrate(model: OnnxModel, inputs: readonly Float32Array[]): Promise<ScaleTable> {
  const observed = listObserved(model.graph);
  const names = observed.map(({ name }) => name);
  const histograms = new Map<string, Histogram>();
  for (const result of await run(exposeTensors(model, observed), inputs, names)) {
    for (const name of names) {
      const histogram = histograms.get(name) ?? new Histogram(result[name]?.dims[1] ?? 0);
      histogram.add(result[name]?.data as Float32Array);
      histograms.set(name, histogram);
    }
  }
  return computeSteps(observed, histograms);
}

const seen = [1, 2, 3, 4].map(makeNetInput);
const unseen = [11, 12, 13].map(makeNetInput);

describe('quantiseModel', () => {
  test('computes on bytes what the net computes on floats, to a hundredth, on inputs that it was not calibrated on', async () => {
    const net = makeTinyConvNet();
    const small = quantiseModel(net, await calibrate(net, seen));
    const [exact, bytes] = [await run(net, unseen, ['output']), await run(small, unseen, ['output'])];
    for (const [i, { output }] of exact.entries()) {
      const wanted = output?.data as Float32Array;
      const given = bytes[i]?.output?.data as Float32Array;
      const error = wanted.reduce((sum, value, at) => sum + Math.abs(value - (given[at] ?? 0)), 0) / wanted.length;
      const spread = Math.max(...wanted) - Math.min(...wanted);
      expect(spread).toBeGreaterThan(0.2);
      expect(error).toBeLessThan(0.01);
    }
  });

  test('leaves in floats the first and the last convolution alone, the last one transposed', async () => {
    const net = makeTinyConvNet();
    const { node } = quantiseModel(net, await calibrate(net, seen)).graph;
    const count = (opType: string): number => node.filter((each) => each.opType === opType).length;
    expect([count('QLinearConv'), count('QLinearAdd'), count('Relu')]).toEqual([3, 1, 0]);
    expect(node.filter((each) => each.opType === 'Conv').map((each) => each.output[0])).toEqual(['first']);
    expect(node.filter((each) => each.opType === 'ConvTranspose').map((each) => each.output[0])).toEqual(['last']);
  });

  test('moves a bias by what the table says, and refuses biases of another convolution', async () => {
    const net = makeTinyConvNet();
    const { steps } = await calibrate(net, seen);
    const shifted = quantiseModel(net, { steps, biases: new Map([['last', Float64Array.of(100)]]) });
    const [given] = await run(shifted, unseen, ['output']);
    const matte = Array.from((given?.output?.data ?? []) as Float32Array);
    expect(matte.every((alpha) => alpha === 1)).toBe(true);
    expect(matte).toHaveLength(NET_SIZE * NET_SIZE);
    const foreign = { steps, biases: new Map([['last', Float64Array.of(1, 2)]]) };
    expect(() => quantiseModel(net, foreign)).toThrow('other biases');
    const unknown = { steps, biases: new Map([['stranger', Float64Array.of(1)]]) };
    expect(() => quantiseModel(net, unknown)).toThrow('names stranger');
    expect(
      parseScaleTable(formatScaleTable({}, { steps, biases: new Map([['a', Float64Array.of(-0.5)]]) })).biases,
    ).toEqual(new Map([['a', Float64Array.of(-0.5)]]));
  });

  test('keeps in floats what the table leaves out', async () => {
    const net = makeTinyConvNet();
    const { steps } = await calibrate(net, seen);
    const part = { steps: new Map([...steps].filter(([name]) => !['rc', 'sum'].includes(name))) };
    await expect(async () => quantiseModel(net, part)).rejects.toThrow('other steps than what it adds');
    const more = { steps: new Map([...steps].filter(([name]) => name === 'rb')) };
    const [exact] = await run(net, unseen, ['output']);
    const [mixed] = await run(quantiseModel(net, more), unseen, ['output']);
    expect(mixed?.output?.data[500]).toBeCloseTo(Number(exact?.output?.data[500]), 2);
  });

  test('gives the same bytes again, from the file and from the text of the table', async () => {
    const net = makeTinyConvNet();
    const table = await calibrate(net, seen);
    const digest = (model: OnnxModel, steps: ScaleTable): string =>
      createHash('sha256')
        .update(encode(quantiseModel(model, steps)))
        .digest('hex');
    const written = parseScaleTable(formatScaleTable({}, table));
    expect(digest(parseOnnx(encode(net)), written)).toBe(digest(makeTinyConvNet(), written));
    expect(parseScaleTable(formatScaleTable({}, written))).toEqual(written);
  });

  test.each([
    [
      'of another graph',
      (steps: Map<string, Float64Array>) => steps.set('stranger', Float64Array.of(1)),
      /names stranger/,
    ],
    [
      'with other channels',
      (steps: Map<string, Float64Array>) => steps.set('rb', Float64Array.of(1)),
      /number of channels/,
    ],
    [
      'with other steps at a sum',
      (steps: Map<string, Float64Array>) => steps.set('sum', new Float64Array(8).fill(9)),
      /adds/,
    ],
    ['before the end', (steps: Map<string, Float64Array>) => steps.set('last', Float64Array.of(2)), /before a Sigmoid/],
  ])('refuses a table %s in one sentence', async (_, change, sentence) => {
    const net = makeTinyConvNet();
    const { steps } = await calibrate(net, seen);
    const changed = new Map(steps);
    change(changed);
    expect(() => quantiseModel(net, { steps: changed })).toThrow(sentence);
  });
});
