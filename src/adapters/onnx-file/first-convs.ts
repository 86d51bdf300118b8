/**
 * The first two convolutions of a network, where nothing is between them, as one over the bytes of the picture in blocks
 * of 2 × 2. It knows nothing of the row of zeros that the second one sees around what the first one gives, so what lies
 * along the edges is computed by the two themselves: left wrong, it cost .65 of IoU on one photo of 71.
 */
import { createFloatTensor, createInt, createInt64Tensor, createInts, createNode } from './build.ts';
import { type ByteTensor, createByteConv } from './byte-conv.ts';
import { BLOCK_KERNEL, composeConvs, layInBlocks, moveInput } from './compose-convs.ts';
import { addToBias, checkChannels, findOnlyRelu, hasShape, readConvWeights } from './conv-node.ts';
import { type ConvWeights, foldSteps } from './quantise-weights.ts';
import type { ScaleTable } from './scale-table.ts';
import {
  DATA_TYPE,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
  toNumber,
} from './schema.ts';
import { ONE, ZERO_BYTE } from './shared-constants.ts';

/** What the bytes of a picture are in numbers of the network: one more is a step more, and 128 stands for `middle`. */
export type PixelScale = { readonly step: number; readonly middle: number };

type Triple = readonly [number, number, number];

/** Undefined where the channels differ: a tensor of bytes has one scale. */
export function findPixelScale({ mean, std }: { mean: Triple; std: Triple }): PixelScale | undefined {
  const isAlike = [mean, std].every((triple) => triple.every((value) => value === triple[0]));
  return isAlike ? { step: 1 / 255 / std[0], middle: (128 / 255 - mean[0]) / std[0] } : undefined;
}

export type FirstConvs = { readonly first: OnnxNode; readonly second: OnnxNode };

const FIRST = { kernel_shape: '3,3', strides: '2,2', dilations: '1,1', pads: '1,1,1,1' };
const SECOND = { ...FIRST, strides: '1,1' };

/** A convolution of the picture, and the one that alone reads it. */
export function findFirstConvs(graph: OnnxGraph): FirstConvs | undefined {
  const [first, ...others] = graph.node.filter((node) => node.input.includes(graph.input[0]?.name ?? ''));
  const [second, ...more] = graph.node.filter((node) => node.input.includes(first?.output[0] ?? ''));
  if (!first || !second || others.length > 0 || more.length > 0) return undefined;
  return hasShape(first, FIRST) && hasShape(second, SECOND) ? { first, second } : undefined;
}

const readInputDims = (graph: OnnxGraph): number[] =>
  graph.input[0]?.type?.tensorType?.shape?.dim.map((dim) => toNumber(dim.dimValue ?? 0)) ?? [];

/** In whole blocks, and as long as the lines along its edges. */
const isWhole = (length: number): boolean =>
  length % BLOCK_KERNEL.blockSize === 0 && length >= NEAR.length + FAR.length;

/** Nodes in the place of others, and the bytes that they end in. */
export type Beginning = {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly replaced: ReadonlySet<OnnxNode>;
  /** The picture's bytes in the place of its floats: uint8, [1, height, width, channels]. */
  readonly input: OnnxValueInfo;
  /** The name of the tensor in the old graph. */
  readonly output: string;
  readonly end: ByteTensor;
};

type Part = Pick<Beginning, 'nodes' | 'tensors'>;
/** The two in single precision, the steps of what they end in folded in. */
type Pair = { readonly first: ConvWeights; readonly second: ConvWeights };

const CHANNELS_LAST = { attribute: [createInts('perm', [0, 2, 3, 1])] };
const CHANNELS_FIRST = { attribute: [createInts('perm', [0, 3, 1, 2])] };

function describeBytes(name: string, dims: readonly number[]): OnnxValueInfo {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: DATA_TYPE.uint8, shape } } };
}

/** Rows of pixels, channels last, become blocks of them: in one move, and ONNX Runtime takes the last one for nothing. */
function createBlocks(input: string, [height, width, channels]: Triple, step: number): Part & { blocks: ByteTensor } {
  const { blockSize } = BLOCK_KERNEL;
  const names = { split: `${input}/split`, joined: `${input}/joined`, blocks: `${input}/blocks` };
  const [rows, columns] = [height / blockSize, width / blockSize];
  const inBlocks = [1, rows, columns, channels * blockSize ** 2];
  const steps = new Float64Array(channels * blockSize ** 2).fill(step);
  return {
    nodes: [
      createNode('Reshape', [input, `${names.split}/shape`], names.split),
      createNode('Transpose', [names.split], names.joined, { attribute: [createInts('perm', [0, 2, 1, 3])] }),
      createNode('Reshape', [names.joined, `${names.blocks}/shape`], `${names.blocks}/last`),
      createNode('Transpose', [`${names.blocks}/last`], names.blocks, CHANNELS_FIRST),
    ],
    tensors: [
      createInt64Tensor(`${names.split}/shape`, [4], [rows, blockSize, columns, blockSize * channels]),
      createInt64Tensor(`${names.blocks}/shape`, [4], inBlocks),
    ],
    blocks: { bytes: names.blocks, steps, zero: 'middle' },
  };
}

/** Four rows or columns from one end and six from the other are enough for the two outermost of what the pair gives. */
const NEAR = [0, 1, 2, 3];
const FAR = [6, 5, 4, 3, 2, 1];
/**
 * Of the second convolution, by the axis that the lines lie along: 2, both outermost rows of the five that the first one
 * makes of those ten; 3, both columns, without their ends, which are in the rows.
 */
const EDGE_KERNEL = {
  2: { strides: [4, 1], pads: [1, 1, 1, 1] },
  3: { strides: [1, 4], pads: [0, 1, 0, 1] },
};

const createKernel = ({ strides, pads }: { strides: number[]; pads: number[] }): OnnxAttribute[] => [
  createInts('kernel_shape', [3, 3]),
  createInts('strides', strides),
  createInts('pads', pads),
];

/** `axis` is that of the lines where channels are first; in the picture they are last. */
function createEdge(input: string, length: number, axis: 2 | 3, output: string): Part {
  const at = (step: string): string => `${output}/${step}`;
  const [inner, outer] = [at('inner'), at('outer')];
  const first = { attribute: createKernel({ strides: [2, 2], pads: [1, 1, 1, 1] }) };
  const second = { attribute: createKernel(EDGE_KERNEL[axis]) };
  return {
    nodes: [
      createNode('Gather', [input, at('lines')], at('bytes'), { attribute: [createInt('axis', axis - 1)] }),
      createNode('Transpose', [at('bytes')], at('planes'), CHANNELS_FIRST),
      createNode('DequantizeLinear', [at('planes'), `${input}/step`, ZERO_BYTE.middle], at('centred')),
      createNode('Add', [at('centred'), `${input}/middle`], at('picked')),
      createNode('Conv', [at('picked'), ...constantsOf(input, 'first')], inner, first),
      createNode('Conv', [inner, ...constantsOf(input, 'second')], outer, second),
      createNode('Transpose', [outer], at('last'), CHANNELS_LAST),
      createNode('Reshape', [at('last'), `${input}/flat`], output),
    ],
    tensors: [createInt64Tensor(at('lines'), [10], [...NEAR, ...FAR.map((back) => length - back)])],
  };
}

const constantsOf = (input: string, which: keyof Pair): [string, string] => [
  `${input}/${which}/weights`,
  `${input}/${which}/bias`,
];

function createPairConstants(input: string, pair: Pair): OnnxTensor[] {
  return (['first', 'second'] as const).flatMap((which) => {
    const [weights, bias] = constantsOf(input, which);
    const { dims, ...conv } = pair[which];
    return [createFloatTensor(weights, dims, conv.weights), createFloatTensor(bias, [conv.bias.length], conv.bias)];
  });
}

/** Where the lines of both axes lie, in their order. */
function listEdgePlaces(height: number, width: number): number[] {
  const rows = [0, height - 1].flatMap((y) => Array.from({ length: width }, (_, x) => [0, y, x]).flat());
  const columns = Array.from({ length: height - 2 }, (_, i) => [0, i + 1, 0, 0, i + 1, width - 1]).flat();
  return [...rows, ...columns];
}

/** Writes over the outermost rows and columns of `inner` what the pair gives there, channels last. */
function createEdges(
  input: string,
  size: readonly [number, number],
  pair: Pair,
  inner: ByteTensor,
  end: ByteTensor,
): Part {
  const [height, width] = size;
  const channels = pair.second.bias.length;
  const names = { flat: `${input}/flat`, places: `${end.bytes}/places` };
  const lines = [`${end.bytes}/rows`, `${end.bytes}/columns`] as const;
  const parts = [createEdge(input, height, 2, lines[0]), createEdge(input, width, 3, lines[1])];
  const places = listEdgePlaces(height / 2, width / 2);
  return {
    nodes: [
      ...parts.flatMap((part) => part.nodes),
      createNode('Concat', [...lines], `${end.bytes}/edge`, { attribute: [createInt('axis', 0)] }),
      createNode('QuantizeLinear', [`${end.bytes}/edge`, ONE, ZERO_BYTE[end.zero]], `${end.bytes}/edge/bytes`),
      createNode('Transpose', [inner.bytes], `${inner.bytes}/last`, CHANNELS_LAST),
      createNode('ScatterND', [`${inner.bytes}/last`, names.places, `${end.bytes}/edge/bytes`], `${end.bytes}/last`),
      createNode('Transpose', [`${end.bytes}/last`], end.bytes, CHANNELS_FIRST),
    ],
    tensors: [
      ...parts.flatMap((part) => part.tensors),
      ...createPairConstants(input, pair),
      createInt64Tensor(names.flat, [2], [-1, channels]),
      createInt64Tensor(names.places, [places.length / 3, 3], places),
    ],
  };
}

function readPair({ first, second }: FirstConvs, graph: OnnxGraph, table: ScaleTable): Pair {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const read = (node: OnnxNode) =>
    addToBias(readConvWeights(node, constants), table.biases?.get(node.output[0] ?? ''), node);
  return { first: read(first), second: read(second) };
}

/** Undefined where the graph does not begin so, or the table has steps between the two, or none behind them. */
export function createBeginning(graph: OnnxGraph, table: ScaleTable, pixels: PixelScale): Beginning | undefined {
  const nodes = findFirstConvs(graph);
  const output = (nodes && findOnlyRelu(graph, nodes.second)?.output[0]) ?? '';
  const steps = table.steps.get(output);
  const [, channels, height = 0, width = 0] = readInputDims(graph);
  const isBetween = table.steps.has(nodes?.first.output[0] ?? '');
  if (!nodes || !steps || isBetween || !channels || !isWhole(height) || !isWhole(width)) return undefined;
  const [input = ''] = nodes.first.input;
  const { first, second } = readPair(nodes, graph, table);
  checkChannels(nodes.second, second, undefined, steps);
  const folded = { first, second: { ...second, ...foldSteps(second, undefined, steps) } };
  const { blocks, ...start } = createBlocks(input, [height, width, channels], pixels.step);
  const inner: ByteTensor = { bytes: `${output}/inner`, steps, zero: 'lowest' };
  const end: ByteTensor = { bytes: `${output}/bytes`, steps, zero: 'lowest' };
  const { kernel, pads } = BLOCK_KERNEL;
  const attribute = [createInts('kernel_shape', kernel), createInts('pads', pads)];
  const composed = layInBlocks(moveInput(composeConvs(first, second), pixels.middle));
  const conv = createByteConv(output, composed, { from: blocks, to: inner, attribute });
  const edges = createEdges(input, [height, width], folded, inner, end);
  const { step, middle } = pixels;
  const scale = [createFloatTensor(`${input}/step`, [], [step]), createFloatTensor(`${input}/middle`, [], [middle])];
  return {
    nodes: [...start.nodes, conv.node, ...edges.nodes],
    tensors: [...start.tensors, ...conv.tensors, ...scale, ...edges.tensors],
    input: describeBytes(input, [1, height, width, channels]),
    replaced: new Set([nodes.first, nodes.second]),
    output,
    end,
  };
}
