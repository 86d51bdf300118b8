/**
 * Replaces what a fixed-size graph computes about its own shapes (Shape, Slice, Concat of int64 vectors) by constants,
 * so that whoever edits the graph later meets arithmetic on pixels alone.
 */
import { createInt64Tensor } from './build.ts';
import { copyWith, DATA_TYPE, type OnnxGraph, type OnnxNode, type OnnxTensor, toNumber } from './schema.ts';

type Vector = readonly number[];

function readInt64Vector(tensor: OnnxTensor): Vector | undefined {
  if (tensor.dataType !== DATA_TYPE.int64 || tensor.dims.length > 1) return undefined;
  if (tensor.rawData.byteLength === 0) return tensor.int64Data.map(toNumber);
  const raw = new DataView(tensor.rawData.buffer, tensor.rawData.byteOffset, tensor.rawData.byteLength);
  return Array.from({ length: raw.byteLength >> 3 }, (_, i) => Number(raw.getBigInt64(i * 8, true)));
}

function listFixedShapes(graph: OnnxGraph): Map<string, Vector> {
  const shapes = new Map<string, Vector>();
  for (const info of [...graph.input, ...graph.valueInfo, ...graph.output]) {
    const dims = info.type?.tensorType?.shape?.dim.map((dim) => toNumber(dim.dimValue ?? 0));
    if (dims?.every((dim) => dim > 0)) shapes.set(info.name, dims);
  }
  return shapes;
}

/** Opset 10 and later: starts, ends, axes and steps are inputs. Only forward slices of a vector by one. */
function evaluateSlice(inputs: readonly (Vector | undefined)[]): Vector | undefined {
  const [data, starts, ends, axes = [0], steps = [1]] = inputs;
  const [start, end] = [starts?.[0], ends?.[0]];
  if (!data || start === undefined || end === undefined || axes[0] !== 0 || steps[0] !== 1) return undefined;
  return data.slice(start, end);
}

function evaluateNode(
  node: OnnxNode,
  values: ReadonlyMap<string, Vector>,
  shapes: ReadonlyMap<string, Vector>,
): Vector | undefined {
  const inputs = node.input.map((name) => values.get(name));
  const isEveryKnown = node.input.every((name, i) => name === '' || inputs[i] !== undefined);
  switch (node.opType) {
    case 'Constant': {
      const tensor = node.attribute.find((attribute) => attribute.name === 'value')?.t;
      return tensor ? readInt64Vector(tensor) : undefined;
    }
    case 'Shape':
      return node.attribute.length === 0 ? shapes.get(node.input[0] ?? '') : undefined;
    case 'Slice':
      return isEveryKnown ? evaluateSlice(inputs) : undefined;
    case 'Concat':
      return isEveryKnown ? inputs.flatMap((vector) => vector ?? []) : undefined;
    default:
      return undefined;
  }
}

export function foldShapes(graph: OnnxGraph): OnnxGraph {
  const shapes = listFixedShapes(graph);
  const values = new Map<string, Vector>();
  for (const tensor of graph.initializer) {
    const vector = readInt64Vector(tensor);
    if (vector) values.set(tensor.name, vector);
  }
  const outputNames = new Set(graph.output.map((output) => output.name));
  const folded = new Map<string, Vector>();
  const node = graph.node.filter((each) => {
    const [name = ''] = each.output;
    const vector = outputNames.has(name) ? undefined : evaluateNode(each, values, shapes);
    if (!vector) return true;
    values.set(name, vector);
    folded.set(name, vector);
    return false;
  });
  const readNames = new Set(node.flatMap((each) => each.input));
  const constants = [...folded].filter(([name]) => readNames.has(name));
  return copyWith(graph, {
    node,
    initializer: [
      ...graph.initializer,
      ...constants.map(([name, vector]) => createInt64Tensor(name, [vector.length], vector)),
    ],
    valueInfo: graph.valueInfo.filter((info) => !folded.has(info.name)),
  });
}
