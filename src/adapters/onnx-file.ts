/** Reads, edits and writes ONNX files; the same file and the same edits give the same bytes everywhere. */
import { readFile } from 'node:fs/promises';
import protobuf from 'protobufjs';
import { foldShapes } from './onnx-file/fold-shapes.ts';
import { pruneToOutputs } from './onnx-file/prune.ts';
import { quantiseModel } from './onnx-file/quantise.ts';
import { parseScaleTable, type ScaleTable } from './onnx-file/scale-table.ts';
import {
  copyWith,
  DATA_TYPE,
  GraphMessage,
  ModelMessage,
  type OnnxModel,
  TensorMessage,
  toNumber,
} from './onnx-file/schema.ts';
import { multiplyWideConvs } from './onnx-file/wide-convs.ts';
import { widenToFloat32 } from './onnx-file/widen.ts';

export { computeSteps, exposeTensors, Histogram, listObserved, type Observed } from './onnx-file/calibration.ts';
export { findPixelScale, type PixelScale } from './onnx-file/first-convs.ts';
export { formatScaleTable, parseScaleTable, type ScaleTable } from './onnx-file/scale-table.ts';
export type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './onnx-file/schema.ts';
export { DATA_TYPE, toNumber } from './onnx-file/schema.ts';
export { foldShapes, multiplyWideConvs, pruneToOutputs, quantiseModel, widenToFloat32 };

/** Of the tables that come with the program. */
export async function loadScaleTable(name: 'isnet'): Promise<ScaleTable> {
  return parseScaleTable(await readFile(new URL(`./onnx-file/${name}-scales.json`, import.meta.url), 'utf8'));
}

/** Throws on bytes that are no ONNX file. The tensors are views of `bytes`. */
export function parseOnnx(bytes: Uint8Array): OnnxModel {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  const model = ModelMessage.decode(reader) as unknown as OnnxModel;
  // Three stray bytes can parse as an empty message.
  if (!model.graph?.node?.length) throw new Error('The file holds no ONNX graph.');
  return model;
}

/** Tag of a length-delimited field, then the length. */
function encodeFieldHead(fieldNumber: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((fieldNumber << 3) | 2)
    .uint32(length)
    .finish();
}

/**
 * The file in pieces, to be written one after the other: one buffer of the whole would double the memory. Protobuf
 * leaves the order of the fields free, so the tensors come last.
 */
export function* encodeOnnx(model: OnnxModel): Generator<Uint8Array> {
  const { graph } = model;
  const { initializer } = graph;
  const withoutGraph = copyWith<{ graph: OnnxModel['graph'] | null }>(model, { graph: null });
  const graphHead = GraphMessage.encode(copyWith(graph, { initializer: [] })).finish();
  const lengths = initializer.map((tensor) => TensorMessage.encode(tensor).len);
  const heads = lengths.map((length) => encodeFieldHead(GraphMessage.fields.initializer?.id ?? 0, length));
  const total = [...lengths, ...heads.map((head) => head.length)].reduce((a, b) => a + b, graphHead.length);
  yield ModelMessage.encode(withoutGraph).finish();
  yield encodeFieldHead(ModelMessage.fields.graph?.id ?? 0, total);
  yield graphHead;
  for (const [i, tensor] of initializer.entries()) {
    yield heads[i] ?? new Uint8Array();
    yield TensorMessage.encode(tensor).finish();
  }
}

/** The graph that computes `outputName` alone, in single precision, without arithmetic on shapes. */
export function convertToFloat32(model: OnnxModel, outputName: string): OnnxModel {
  const wide = widenToFloat32(pruneToOutputs(model.graph, [outputName]));
  return copyWith(model, { graph: pruneToOutputs(foldShapes(wide), [outputName]) });
}

export type OnnxImageInterface = {
  readonly inputName: string;
  readonly outputName: string;
  readonly inputSize: number;
};

/** Of a model that takes one square RGB picture; undefined for any other. Its first output is the one that counts. */
export function describeImageInterface(model: OnnxModel): OnnxImageInterface | undefined {
  const constants = new Set(model.graph.initializer.map((tensor) => tensor.name));
  const inputs = model.graph.input.filter((input) => !constants.has(input.name));
  const [input, output] = [inputs[0], model.graph.output[0]];
  const dims = input?.type?.tensorType?.shape?.dim.map((dim) => toNumber(dim.dimValue ?? 0));
  if (inputs.length !== 1 || !input || !output || dims?.length !== 4) return undefined;
  const isBytes = input.type?.tensorType?.elemType === DATA_TYPE.uint8;
  const [height = 0, width = 0, channels] = isBytes ? dims.slice(1) : [dims[2], dims[3], dims[1]];
  if (channels !== 3 || height !== width || height === 0) return undefined;
  return { inputName: input.name, outputName: output.name, inputSize: height };
}
