/** Turns a half-precision graph into single precision: the numbers stay exactly what they were, the casts go. */
import {
  copyWith,
  DATA_TYPE,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
  toNumber,
} from './schema.ts';

/** IEEE 754 binary16 to binary32, exact for each of the 65536 values. */
function widenHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A table, because a model has tens of millions of numbers. */
const WIDENED = Float32Array.from({ length: 65536 }, (_, half) => widenHalf(half));

export function widenTensor(tensor: OnnxTensor): OnnxTensor {
  if (tensor.dataType !== DATA_TYPE.float16) return tensor;
  // int32_data holds one half per entry; raw_data holds them little-endian, at an offset that may be odd.
  const raw = new DataView(tensor.rawData.buffer, tensor.rawData.byteOffset, tensor.rawData.byteLength);
  const isRaw = tensor.rawData.byteLength > 0;
  const count = isRaw ? raw.byteLength >> 1 : tensor.int32Data.length;
  const wide = new DataView(new ArrayBuffer(count * 4));
  for (let i = 0; i < count; i++) {
    const half = isRaw ? raw.getUint16(i * 2, true) : (tensor.int32Data[i] ?? 0) & 0xffff;
    wide.setFloat32(i * 4, WIDENED[half] ?? 0, true);
  }
  return copyWith(tensor, { dataType: DATA_TYPE.float, int32Data: [], rawData: new Uint8Array(wide.buffer) });
}

const isFloating = (dataType: number | undefined): boolean =>
  dataType === DATA_TYPE.float || dataType === DATA_TYPE.float16;

function widenAttribute(node: OnnxNode, attribute: OnnxAttribute): OnnxAttribute {
  const isTypeName =
    (node.opType === 'Cast' && attribute.name === 'to') || (node.domain === '' && attribute.name === 'dtype');
  const isHalf = isTypeName && toNumber(attribute.i) === DATA_TYPE.float16;
  // Only what changes is set: a field that the file left out must not appear with its default.
  return copyWith(attribute, {
    ...(isHalf ? { i: DATA_TYPE.float } : {}),
    ...(attribute.t ? { t: widenTensor(attribute.t) } : {}),
    ...(attribute.g ? { g: widenToFloat32(attribute.g) } : {}),
    ...(attribute.graphs.length > 0 ? { graphs: attribute.graphs.map(widenToFloat32) } : {}),
  });
}

/** Types by name, as far as the file states them. */
function listKnownTypes(graph: OnnxGraph): Map<string, number> {
  const infos = [...graph.input, ...graph.valueInfo, ...graph.output];
  return new Map([
    ...infos.map((info) => [info.name, info.type?.tensorType?.elemType ?? 0] as const),
    ...graph.initializer.map((tensor) => [tensor.name, tensor.dataType] as const),
  ]);
}

/**
 * Casts between the two float types do nothing once both are one type. A cast whose input type the file does not state
 * stays, and so does one that joins two fixed names (an input and an output).
 */
function removeIdleCasts(graph: OnnxGraph, types: ReadonlyMap<string, number>): OnnxNode[] {
  const fixedNames = new Set([...graph.input, ...graph.initializer, ...graph.output].map((each) => each.name));
  const outputNames = new Set(graph.output.map((each) => each.name));
  const renamed = new Map<string, string>();
  const current = (name: string): string => {
    let now = name;
    for (let next = renamed.get(now); next !== undefined; next = renamed.get(now)) now = next;
    return now;
  };
  const kept = graph.node.filter((node) => {
    const [from = '', to = ''] = [node.input[0], node.output[0]];
    const target = node.attribute.find((attribute) => attribute.name === 'to')?.i ?? 0;
    const isIdle = node.opType === 'Cast' && isFloating(types.get(from)) && isFloating(toNumber(target));
    if (!isIdle) return true;
    const source = current(from);
    if (!outputNames.has(to)) renamed.set(to, source);
    else if (!fixedNames.has(source)) renamed.set(source, to);
    else return true;
    return false;
  });
  return kept.map((node) => copyWith(node, { input: node.input.map(current), output: node.output.map(current) }));
}

export function widenToFloat32(graph: OnnxGraph): OnnxGraph {
  const types = listKnownTypes(graph);
  const widenInfo = (info: OnnxValueInfo): OnnxValueInfo => {
    const tensorType = info.type?.tensorType;
    if (!info.type || tensorType?.elemType !== DATA_TYPE.float16) return info;
    const type = copyWith(info.type, { tensorType: copyWith(tensorType, { elemType: DATA_TYPE.float }) });
    return copyWith(info, { type });
  };
  const nodes = removeIdleCasts(graph, types).map((node) =>
    copyWith(node, { attribute: node.attribute.map((attribute) => widenAttribute(node, attribute)) }),
  );
  const liveNames = new Set(nodes.flatMap((node) => [...node.input, ...node.output]));
  return copyWith(graph, {
    node: nodes,
    initializer: graph.initializer.map(widenTensor),
    input: graph.input.map(widenInfo),
    output: graph.output.map(widenInfo),
    valueInfo: graph.valueInfo.filter((info) => liveNames.has(info.name)).map(widenInfo),
  });
}
