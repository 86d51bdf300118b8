/** ONNX models of a few kilobytes, made here, that take one 64 × 64 picture as the real ones take theirs. */
import {
  DATA_TYPE,
  encodeOnnx,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from '../../src/adapters/onnx-file.ts';

export const TINY_SIZE = 64;

type AttributeValue = { i: number } | { ints: number[] } | { s: string } | { t: OnnxTensor };
/** AttributeProto.AttributeType. */
const ATTRIBUTE_TYPE = { i: 2, ints: 7, s: 3, t: 4 } as const;

function attribute(name: string, value: AttributeValue): OnnxAttribute {
  const kind = Object.keys(value)[0] as keyof typeof ATTRIBUTE_TYPE;
  const field = 's' in value ? { s: Buffer.from(value.s) } : value;
  return { name, type: ATTRIBUTE_TYPE[kind], graphs: [], ...field } as unknown as OnnxAttribute;
}

function node(
  opType: string,
  input: string[],
  output: string,
  attributes: Record<string, AttributeValue> = {},
): OnnxNode {
  const list = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return { name: `${opType}_${output}`, opType, domain: '', input, output: [output], attribute: list };
}

function tensor(name: string, dataType: number, dims: number[], rawData: Uint8Array): OnnxTensor {
  return { name, dataType, dims, rawData, floatData: [], int32Data: [], int64Data: [], dataLocation: 0 };
}

/** Of a number that binary16 holds exactly. */
function toHalfBits(value: number): number {
  if (value === 0) return 0;
  const bits = new DataView(new Float32Array([value]).buffer).getUint32(0, true);
  return ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
}

const bytesOf = (values: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(values.buffer);
const half = (name: string, dims: number[], values: number[]): OnnxTensor =>
  tensor(name, DATA_TYPE.float16, dims, bytesOf(Uint16Array.from(values, toHalfBits)));
const int64 = (name: string, values: number[]): OnnxTensor =>
  tensor(name, DATA_TYPE.int64, [values.length], bytesOf(BigInt64Array.from(values, BigInt)));

function info(name: string, elemType: number, dims: number[]): OnnxValueInfo {
  return { name, type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } } };
}

function encode(graph: Omit<OnnxGraph, 'name'>): Uint8Array {
  const model = {
    irVersion: 8,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 15 }],
    graph: { name: 'tiny', ...graph },
  };
  return Buffer.concat([...encodeOnnx(model)]);
}

const PICTURE = [1, 3, TINY_SIZE, TINY_SIZE];
const PLANE = [1, 1, TINY_SIZE, TINY_SIZE];
const HALF_PLANE = [1, 1, TINY_SIZE / 2, TINY_SIZE / 2];

/** Alpha is the sigmoid of the channels' mean; with `isLogits` the mean itself. */
export function makeTinyModel(options: { readonly isLogits?: boolean } = {}): Uint8Array {
  const mean = node('ReduceMean', ['input'], options.isLogits ? 'output' : 'mean', {
    axes: { ints: [1] },
    keepdims: { i: 1 },
  });
  return encode({
    node: options.isLogits ? [mean] : [mean, node('Sigmoid', ['mean'], 'output')],
    initializer: [],
    input: [info('input', DATA_TYPE.float, PICTURE)],
    output: [info('output', DATA_TYPE.float, PLANE)],
    valueInfo: [],
  });
}

/**
 * Shaped like the published weights: half precision behind casts at both ends and around a Resize, whose size the graph
 * computes from a Shape, and a second output `side` with weights of its own. Wanted nodes in single precision: Conv,
 * MaxPool, Resize, Add, Sigmoid.
 */
export function makeTinyHalfModel(): Uint8Array {
  const kernel = { kernel_shape: { ints: [1, 1] } };
  const resize = { mode: { s: 'linear' }, coordinate_transformation_mode: { s: 'half_pixel' } };
  return encode({
    node: [
      node('Cast', ['input'], 'input_half', { to: { i: DATA_TYPE.float16 } }),
      node('Conv', ['input_half', 'weight', 'bias'], 'mixed', kernel),
      node('MaxPool', ['mixed'], 'pooled', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }),
      node('Shape', ['mixed'], 'mixed_shape'),
      node('Constant', [], 'axis', { value: { t: int64('', [0]) } }),
      node('Slice', ['mixed_shape', 'two', 'four', 'axis'], 'size'),
      node('Shape', ['pooled'], 'pooled_shape'),
      node('Slice', ['pooled_shape', 'zero', 'two', 'axis'], 'batch'),
      node('Concat', ['batch', 'size'], 'sizes', { axis: { i: 0 } }),
      node('Cast', ['pooled'], 'pooled_single', { to: { i: DATA_TYPE.float } }),
      node('Resize', ['pooled_single', '', '', 'sizes'], 'enlarged_single', resize),
      node('Cast', ['enlarged_single'], 'enlarged', { to: { i: DATA_TYPE.float16 } }),
      node('Add', ['enlarged', 'mixed'], 'sum'),
      node('Sigmoid', ['sum'], 'output_half'),
      node('Cast', ['output_half'], 'output', { to: { i: DATA_TYPE.float } }),
      node('Conv', ['input_half', 'side_weight'], 'side_half', kernel),
      node('Cast', ['side_half'], 'side', { to: { i: DATA_TYPE.float } }),
    ],
    initializer: [
      half('weight', [1, 3, 1, 1], [0.75, -1.5, 2.25]),
      half('bias', [1], [-0.125]),
      half('side_weight', [1, 3, 1, 1], [1, 0.5, 0.25]),
      int64('zero', [0]),
      int64('two', [2]),
      int64('four', [4]),
    ],
    input: [info('input', DATA_TYPE.float, PICTURE)],
    output: [info('output', DATA_TYPE.float, PLANE), info('side', DATA_TYPE.float, PLANE)],
    valueInfo: [
      info('input_half', DATA_TYPE.float16, PICTURE),
      info('mixed', DATA_TYPE.float16, PLANE),
      info('pooled', DATA_TYPE.float16, HALF_PLANE),
      info('pooled_single', DATA_TYPE.float, HALF_PLANE),
      info('enlarged_single', DATA_TYPE.float, PLANE),
      info('enlarged', DATA_TYPE.float16, PLANE),
      info('sum', DATA_TYPE.float16, PLANE),
      info('output_half', DATA_TYPE.float16, PLANE),
      info('side_half', DATA_TYPE.float16, PLANE),
    ],
  });
}
