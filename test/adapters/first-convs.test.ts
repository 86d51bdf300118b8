/** The first two convolutions of a small net, as one on the bytes of the picture. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { createFloatTensor, createInt, createInts, createNode } from '../../src/adapters/onnx-file/build.ts';
import { composeConvs, layInBlocks } from '../../src/adapters/onnx-file/compose-convs.ts';
import { readConvWeights } from '../../src/adapters/onnx-file/conv-node.ts';
import {
  DATA_TYPE,
  encodeOnnx,
  exposeTensors,
  findPixelScale,
  listObserved,
  type OnnxModel,
  quantiseModel,
} from '../../src/adapters/onnx-file.ts';
import { makeNetInput, makeTinyConvNet, NET_SIZE } from '../helpers/tiny-conv-net.ts';

const SIDE = NET_SIZE / 2;
const CENTRED = { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } as const;
const pixels = findPixelScale(CENTRED);

/** Of the picture as the model takes it: planes of floats, or the bytes that these were made of, channels last. */
async function run(model: OnnxModel, name: string): Promise<Float32Array> {
  const exposed = exposeTensors(model, [{ name, isSigned: true, group: 0 }]);
  const session = await InferenceSession.create(Buffer.concat([...encodeOnnx(exposed)]), { intraOpNumThreads: 1 });
  try {
    const isBytes = model.graph.input[0]?.type?.tensorType?.elemType === DATA_TYPE.uint8;
    const input = isBytes
      ? new Tensor('uint8', bytes, [1, NET_SIZE, NET_SIZE, 3])
      : new Tensor('float32', picture, [1, 3, NET_SIZE, NET_SIZE]);
    const results = await session.run({ input }, [name]);
    return results[name]?.data as Float32Array;
  } finally {
    await session.release();
  }
}

const net = makeTinyConvNet({ firstStride: 2 });
const drawn = makeNetInput(3);
const AREA = NET_SIZE * NET_SIZE;
const bytes = Uint8Array.from(drawn, (_, i) =>
  Math.round(((drawn[(i % 3) * AREA + Math.floor(i / 3)] ?? 0) + 0.5) * 255),
);
const picture = drawn.map((_, i) => (bytes[(i % AREA) * 3 + Math.floor(i / AREA)] ?? 0) / 255 - 0.5);
/** Steps that take each channel to about 200 of 255. */
async function makeTable() {
  const relu = await run(net, 'ra');
  const largest = Array.from({ length: 8 }, (_, channel) =>
    Math.max(...relu.subarray(channel * SIDE * SIDE, (channel + 1) * SIDE * SIDE)),
  );
  const steps = Float64Array.from(largest, (value) => Math.max(value, 1e-3) / 200);
  // What is added to it shares its steps.
  return { steps: new Map(['ra', 'rc', 'sum'].map((name) => [name, steps] as const)) };
}

const isInside = (at: number): boolean =>
  [at % SIDE, Math.floor(at / SIDE) % SIDE].every((place) => place > 0 && place < SIDE - 1);

/** The pair as one on floats, over blocks, without anything for the edges. */
function makeComposed(): OnnxModel {
  const constants = new Map(net.graph.initializer.map((tensor) => [tensor.name, tensor]));
  const [first, second] = net.graph.node.map((node) => node.opType === 'Conv' && readConvWeights(node, constants));
  if (!first || !second) throw new Error('The net does not begin with two convolutions.');
  const { dims, weights, bias } = layInBlocks(composeConvs(first, second));
  const attribute = [createInts('kernel_shape', [4, 4]), createInts('pads', [2, 2, 1, 1])];
  const node = [
    createNode('SpaceToDepth', ['input'], 'blocks', { attribute: [createInt('blocksize', 2)] }),
    createNode('Conv', ['blocks', 'w', 'b'], 'composed', { attribute }),
  ];
  const initializer = [createFloatTensor('w', dims, weights), createFloatTensor('b', [bias.length], bias)];
  return { ...net, graph: { ...net.graph, node, initializer, output: [] } };
}

describe('two convolutions without anything between', () => {
  test('are one over blocks of pixels, but for the outermost row and column', async () => {
    const [wanted, given] = [await run(net, 'a'), await run(makeComposed(), 'composed')];
    const errors = Array.from(wanted, (value, at) => Math.abs(value - (given[at] ?? 0)));
    expect(Math.max(...errors.filter((_, at) => isInside(at)))).toBeLessThan(1e-5);
    expect(Math.max(...errors)).toBeGreaterThan(0.01);
  });

  test('give on bytes what they give on floats, to a step or two, up to the edges', async () => {
    const table = await makeTable();
    const small = quantiseModel(net, table, pixels);
    const dims = small.graph.input[0]?.type?.tensorType?.shape?.dim.map(({ dimValue }) => Number(dimValue));
    expect(dims).toEqual([1, NET_SIZE, NET_SIZE, 3]);
    const [wanted, given] = [await run(net, 'ra'), await run(small, 'ra/bytes/floats')];
    const steps = table.steps.get('ra') ?? [];
    const errors = Array.from(wanted, (value, at) => {
      return Math.abs((given[at] ?? 0) - value / (steps[Math.floor(at / SIDE / SIDE)] ?? 0));
    });
    expect(Math.max(...wanted)).toBeGreaterThan(0.1);
    expect(Math.max(...errors.filter((_, at) => !isInside(at)))).toBeLessThan(0.51);
    expect(Math.max(...errors)).toBeLessThan(2);
  });

  test('need no steps between them, and stay two where a table has some', async () => {
    expect(listObserved(net.graph).map(({ name }) => name)).not.toContain('first');
    expect(listObserved(makeTinyConvNet().graph).map(({ name }) => name)).toContain('first');
    const { steps } = await makeTable();
    const between = { steps: new Map(steps).set('first', new Float64Array(8).fill(0.01)) };
    const types = quantiseModel(net, between, pixels).graph.node.map((node) => node.opType);
    expect(types.slice(0, 3)).toEqual(['Conv', 'QuantizeLinear', 'QLinearConv']);
  });

  test('stay two for a picture whose channels are scaled each in its own way', () => {
    expect(findPixelScale(CENTRED)).toEqual({ step: 1 / 255, middle: 128 / 255 - 0.5 });
    expect(findPixelScale({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] })).toBeUndefined();
  });
});
