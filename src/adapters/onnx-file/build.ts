/** New nodes and tensors for a graph that is being rewritten; numbers are laid down little-endian, on every machine alike. */
import { DATA_TYPE, type OnnxAttribute, type OnnxNode, type OnnxTensor, toNumber } from './schema.ts';

export function createNode(
  opType: string,
  input: string[],
  output: string,
  options: { readonly domain?: string; readonly attribute?: OnnxAttribute[] } = {},
): OnnxNode {
  const { domain = '', attribute = [] } = options;
  return { name: `${output}/${opType}`, opType, domain, input, output: [output], attribute };
}

/** AttributeProto.AttributeType: INT is 2, INTS is 7. A field that is left out must not appear with its default. */
export const createInt = (name: string, i: number): OnnxAttribute => ({ name, type: 2, i }) as OnnxAttribute;

export const createInts = (name: string, ints: number[]): OnnxAttribute => ({ name, type: 7, ints }) as OnnxAttribute;

function createTensor(name: string, dataType: number, dims: readonly number[], rawData: Uint8Array): OnnxTensor {
  return { name, dataType, dims: [...dims], rawData, floatData: [], int32Data: [], int64Data: [], dataLocation: 0 };
}

export function createFloatTensor(name: string, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
  const raw = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) raw.setFloat32(i * 4, values[i] ?? 0, true);
  return createTensor(name, DATA_TYPE.float, dims, new Uint8Array(raw.buffer));
}

export function createInt32Tensor(name: string, dims: readonly number[], values: ArrayLike<number>): OnnxTensor {
  const raw = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) raw.setInt32(i * 4, values[i] ?? 0, true);
  return createTensor(name, DATA_TYPE.int32, dims, new Uint8Array(raw.buffer));
}

export function createInt64Tensor(name: string, dims: readonly number[], values: readonly number[]): OnnxTensor {
  const raw = new DataView(new ArrayBuffer(values.length * 8));
  for (const [i, value] of values.entries()) raw.setBigInt64(i * 8, BigInt(value), true);
  return createTensor(name, DATA_TYPE.int64, dims, new Uint8Array(raw.buffer));
}

export const createInt8Tensor = (name: string, dims: readonly number[], values: Int8Array<ArrayBuffer>): OnnxTensor =>
  createTensor(name, DATA_TYPE.int8, dims, new Uint8Array(values.buffer));

export const createUint8Scalar = (name: string, value: number): OnnxTensor =>
  createTensor(name, DATA_TYPE.uint8, [], Uint8Array.of(value));

export const readDims = (tensor: OnnxTensor): number[] => tensor.dims.map(toNumber);

/** The numbers of a single-precision tensor. */
export function readFloats(tensor: OnnxTensor): Float32Array {
  if (tensor.dataType !== DATA_TYPE.float) throw new Error(`The tensor ${tensor.name} is not in single precision.`);
  if (tensor.rawData.byteLength === 0) return Float32Array.from(tensor.floatData);
  const raw = new DataView(tensor.rawData.buffer, tensor.rawData.byteOffset, tensor.rawData.byteLength);
  const values = new Float32Array(raw.byteLength >> 2);
  for (let i = 0; i < values.length; i++) values[i] = raw.getFloat32(i * 4, true);
  return values;
}
