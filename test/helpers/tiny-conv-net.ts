/** A small U-shaped net with every operator that quantising knows, made here with weights from a fixed sequence. */
import { DATA_TYPE, type OnnxModel, type OnnxNode, type OnnxTensor } from '../../src/adapters/onnx-file.ts';

export const NET_SIZE = 32;
const SOME_CHANNELS = 8;

/** mulberry32. */
function createSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function createTensor(name: string, dataType: number, dims: number[], rawData: Uint8Array): OnnxTensor {
  return { name, dataType, dims, rawData, floatData: [], int32Data: [], int64Data: [], dataLocation: 0 };
}

const ints = (name: string, values: number[]) => ({ name, type: 7, ints: values, graphs: [] });
const int = (name: string, i: number) => ({ name, type: 2, i, graphs: [] });
const text = (name: string, value: string) => ({ name, type: 3, s: Buffer.from(value), graphs: [] });

function createNode(opType: string, input: string[], output: string, attribute: object[] = []): OnnxNode {
  return { name: `/${output}`, opType, domain: '', input, output: [output], attribute } as unknown as OnnxNode;
}

/** Channels differ a hundredfold in size, as they do in trained nets. */
export function makeTinyConvNet({ firstStride = 1 } = {}): OnnxModel {
  const next = createSequence(7);
  const side = NET_SIZE / firstStride;
  const initializer: OnnxTensor[] = [];
  const conv = (input: string, output: string, channelsIn: number, channelsOut: number, stride = 1): OnnxNode => {
    const sizes = Float32Array.from({ length: channelsOut }, (_, o) => 10 ** ((o % 3) - 1));
    const weights = Float32Array.from({ length: channelsOut * channelsIn * 9 }, (_, at) => {
      const size = sizes[Math.floor(at / (channelsIn * 9))] ?? 1;
      // Sizes go out as they came in, on average.
      return ((next() - 0.4) * size) / channelsIn;
    });
    const bias = Float32Array.from(sizes, (size) => (next() - 0.5) * size);
    initializer.push(
      createTensor(`${output}.w`, DATA_TYPE.float, [channelsOut, channelsIn, 3, 3], new Uint8Array(weights.buffer)),
      createTensor(`${output}.b`, DATA_TYPE.float, [channelsOut], new Uint8Array(bias.buffer)),
    );
    const kernel = [
      ints('kernel_shape', [3, 3]),
      ints('pads', [1, 1, 1, 1]),
      ints('strides', [stride, stride]),
      ints('dilations', [1, 1]),
    ];
    return createNode('Conv', [input, `${output}.w`, `${output}.b`], output, kernel);
  };
  const size = BigInt64Array.from([1n, BigInt(SOME_CHANNELS), BigInt(side), BigInt(side)]);
  initializer.push(createTensor('size', DATA_TYPE.int64, [4], new Uint8Array(size.buffer)));
  const node = [
    conv('input', 'first', 3, SOME_CHANNELS, firstStride),
    conv('first', 'a', SOME_CHANNELS, SOME_CHANNELS),
    createNode('Relu', ['a'], 'ra'),
    createNode('MaxPool', ['ra'], 'pooled', [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])]),
    conv('pooled', 'b', SOME_CHANNELS, SOME_CHANNELS),
    createNode('Relu', ['b'], 'rb'),
    createNode('Resize', ['rb', '', '', 'size'], 'large', [text('mode', 'linear')]),
    createNode('Concat', ['large', 'ra'], 'joined', [int('axis', 1)]),
    conv('joined', 'c', 2 * SOME_CHANNELS, SOME_CHANNELS),
    createNode('Relu', ['c'], 'rc'),
    createNode('Add', ['rc', 'ra'], 'sum'),
    conv('sum', 'last', SOME_CHANNELS, 1),
    createNode('Sigmoid', ['last'], 'output'),
  ];
  const info = (name: string, channels: number, size: number) => ({
    name,
    type: {
      tensorType: {
        elemType: DATA_TYPE.float,
        shape: { dim: [1, channels, size, size].map((dimValue) => ({ dimValue })) },
      },
    },
  });
  const graph = {
    name: 'net',
    node,
    initializer,
    input: [info('input', 3, NET_SIZE)],
    output: [info('output', 1, side)],
    valueInfo: [],
  };
  return { irVersion: 8, producerName: 'test', opsetImport: [{ domain: '', version: 15 }], graph };
}

/** Blobs and a slope. */
export function makeNetInput(seed: number): Float32Array<ArrayBuffer> {
  const next = createSequence(seed);
  const [x, y, r] = [next() * NET_SIZE, next() * NET_SIZE, 4 + next() * 8];
  return Float32Array.from({ length: 3 * NET_SIZE * NET_SIZE }, (_, i) => {
    const [px, py] = [i % NET_SIZE, Math.floor(i / NET_SIZE) % NET_SIZE];
    return Math.hypot(px - x, py - y) < r ? 0.4 : (px / NET_SIZE - 0.5) * 0.6 + (next() - 0.5) * 0.1;
  });
}
