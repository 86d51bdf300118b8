/** What a rewrite asks of a convolution before it touches it. */
import { readDims, readFloats } from './build.ts';
import type { ConvWeights, Steps } from './quantise-weights.ts';
import type { OnnxGraph, OnnxNode, OnnxTensor } from './schema.ts';

export function readConvWeights(node: OnnxNode, constants: ReadonlyMap<string, OnnxTensor>): ConvWeights {
  const weights = constants.get(node.input[1] ?? '');
  const bias = constants.get(node.input[2] ?? '');
  if (!weights || !bias) throw new Error(`The convolution ${node.name} does not have constant weights and a bias.`);
  return { dims: readDims(weights), weights: readFloats(weights), bias: readFloats(bias) };
}

export function addToBias(conv: ConvWeights, added: Float64Array | undefined, node: OnnxNode): ConvWeights {
  if (!added) return conv;
  if (added.length !== conv.bias.length) throw new Error(`The scale table has other biases than ${node.name}.`);
  return { ...conv, bias: conv.bias.map((value, o) => value + (added[o] as number)) };
}

/** The ReLU that alone reads the node's output. */
export function findOnlyRelu(graph: OnnxGraph, node: OnnxNode): OnnxNode | undefined {
  const readers = graph.node.filter((each) => each.input.includes(node.output[0] ?? ''));
  return readers.length === 1 && readers[0]?.opType === 'Relu' ? readers[0] : undefined;
}

export function checkChannels(node: OnnxNode, { dims }: ConvWeights, stepsIn: Steps, stepsOut: Steps): void {
  const [outputs, inputs] = dims;
  const isFitting = (stepsIn?.length ?? inputs) === inputs && (stepsOut?.length ?? outputs) === outputs;
  if (!isFitting) throw new Error(`The scale table has another number of channels around ${node.name} than the graph.`);
}

const readInts = (node: OnnxNode, name: string): readonly number[] =>
  (node.attribute.find((attribute) => attribute.name === name)?.ints ?? []).map(Number);

/** Whether it has these attributes, each its whole numbers with commas between. */
export const hasShape = (node: OnnxNode, wanted: Readonly<Record<string, string>>): boolean =>
  node.opType === 'Conv' && Object.entries(wanted).every(([name, ints]) => readInts(node, name).join() === ints);

/**
 * Whether a convolution may as well be written as a transposed one: of 3 × 3 to a single channel, in steps of one.
 * ONNX Runtime blocks 16 channels for a Conv, and then computes, enlarges and squashes 16 of them for the one that is
 * wanted: with `transposeKernel` the last layers of isnet take 15 % less of a run on one thread, to the same matte.
 */
export function isThin(node: OnnxNode, { dims }: ConvWeights): boolean {
  return dims[0] === 1 && hasShape(node, { kernel_shape: '3,3', strides: '1,1', dilations: '1,1', pads: '1,1,1,1' });
}

/** [1, in, …kernel] as the [in, 1, …kernel] of the transposed convolution that computes the same. */
export function transposeKernel(dims: readonly number[], weights: Float64Array) {
  const [outputs = 1, inputs = 1, ...kernel] = dims;
  const size = weights.length / inputs;
  const turned = weights.map((_, at) => weights[at - (at % size) + (size - 1 - (at % size))] as number);
  return { dims: [inputs, outputs, ...kernel], weights: turned };
}
