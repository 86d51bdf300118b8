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
