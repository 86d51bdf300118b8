/**
 * The state of one quantisation: what each tensor of the old graph has become, and the nodes and constants of the new
 * one. A tensor lives as floats, as bytes or as both, always divided by its steps; the conversion between the two is
 * made where the first reader needs it.
 */
import { createFloatTensor, createNode } from './build.ts';
import { type ByteTensor, createByteConv } from './byte-conv.ts';
import { addToBias, checkChannels, findOnlyRelu, isThin, readConvWeights, transposeKernel } from './conv-node.ts';
import type { Beginning } from './first-convs.ts';
import { type ConvWeights, foldSteps, type Steps } from './quantise-weights.ts';
import type { ScaleTable } from './scale-table.ts';
import { copyWith, type OnnxGraph, type OnnxNode, type OnnxTensor } from './schema.ts';
import { createSharedConstants, ONE, ZERO_BYTE, type Zero } from './shared-constants.ts';

type Flow = {
  readonly steps: Steps;
  readonly zero: Zero;
  /** Whether its readers are to take it as bytes. */
  readonly isQuantised: boolean;
  floats?: string;
  bytes?: string;
};

const isSame = (a: Steps, b: Steps): boolean =>
  a === b || (a?.length === b?.length && (a?.every((step, i) => step === b?.[i]) ?? false));

export class Rewriter {
  readonly #table: ScaleTable;
  readonly #graph: OnnxGraph;
  readonly #constants: ReadonlyMap<string, OnnxTensor>;
  readonly #flows = new Map<string, Flow>();
  readonly #nodes: OnnxNode[] = [];
  readonly #tensors: OnnxTensor[] = createSharedConstants();
  readonly #unused: Set<string>;
  readonly #unusedBiases: Set<string>;

  constructor(graph: OnnxGraph, table: ScaleTable) {
    this.#graph = graph;
    this.#table = table;
    this.#constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    this.#unused = new Set(table.steps.keys());
    this.#unusedBiases = new Set(table.biases?.keys());
    for (const input of graph.input) this.#flows.set(input.name, createFloatFlow(input.name));
  }

  #read(node: OnnxNode, index = 0): Flow {
    const flow = this.#flows.get(node.input[index] ?? '');
    if (!flow) throw new Error(`The node ${node.name} reads ${node.input[index]}, which nothing before it computes.`);
    return flow;
  }

  #takeSteps(name: string): Float64Array | undefined {
    this.#unused.delete(name);
    return this.#table.steps.get(name);
  }

  #toFloats(flow: Flow): string {
    if (flow.floats === undefined) {
      flow.floats = `${flow.bytes}/floats`;
      const input = [flow.bytes ?? '', ONE, ZERO_BYTE[flow.zero]];
      this.#nodes.push(createNode('DequantizeLinear', input, flow.floats));
    }
    return flow.floats;
  }

  #toBytes(flow: Flow): string {
    if (flow.bytes === undefined) {
      flow.bytes = `${flow.floats}/bytes`;
      const input = [flow.floats ?? '', ONE, ZERO_BYTE[flow.zero]];
      this.#nodes.push(createNode('QuantizeLinear', input, flow.bytes));
    }
    return flow.bytes;
  }

  /** Before anything else, where there is one. */
  begin({ nodes, tensors, replaced, output, end }: Beginning): void {
    this.#nodes.push(...nodes);
    this.#tensors.push(...tensors);
    this.#takeSteps(output);
    for (const node of replaced) this.#unusedBiases.delete(node.output[0] ?? '');
    this.#flows.set(output, { ...end, isQuantised: true });
  }

  /** A ReLU behind bytes costs nothing: the lowest byte stands for 0. */
  rewriteConv(node: OnnxNode): void {
    const [output = ''] = node.output;
    this.#unusedBiases.delete(output);
    const conv = addToBias(readConvWeights(node, this.#constants), this.#table.biases?.get(output), node);
    const source = this.#read(node);
    const isSigned = this.#table.steps.has(output);
    const zero: Zero = isSigned ? 'middle' : 'lowest';
    const wanted = isSigned ? output : (findOnlyRelu(this.#graph, node)?.output[0] ?? '');
    const steps = this.#takeSteps(wanted);
    checkChannels(node, conv, source.steps, steps);
    if (steps && source.isQuantised) {
      const from = { bytes: this.#toBytes(source), steps: source.steps, zero: source.zero };
      const to: ByteTensor = { bytes: `${wanted}/bytes`, steps, zero };
      const byteConv = createByteConv(wanted, conv, { from, to, attribute: node.attribute });
      this.#tensors.push(...byteConv.tensors);
      this.#nodes.push(byteConv.node);
      this.#flows.set(wanted, { ...to, isQuantised: true });
      return;
    }
    const floats = this.#addFloatConv(node, conv, source, steps);
    // Ones, so that what has steps and what has none can be joined.
    const own = steps ?? new Float64Array(conv.bias.length).fill(1);
    this.#flows.set(output, { floats, steps: own, zero, isQuantised: steps !== undefined });
  }

  #addFloatConv(node: OnnxNode, conv: ConvWeights, source: Flow, steps: Steps): string {
    const [output = ''] = node.output;
    const folded = foldSteps(conv, source.steps, steps);
    const names = [`${output}/weights`, `${output}/bias`] as const;
    const thin = isThin(node, conv) ? transposeKernel(conv.dims, folded.weights) : undefined;
    this.#tensors.push(createFloatTensor(names[0], thin?.dims ?? conv.dims, thin?.weights ?? folded.weights));
    this.#tensors.push(createFloatTensor(names[1], [folded.bias.length], folded.bias));
    const opType = thin ? 'ConvTranspose' : node.opType;
    this.#nodes.push(copyWith(node, { opType, input: [this.#toFloats(source), ...names] }));
    return output;
  }

  rewriteRelu(node: OnnxNode): void {
    const [output = ''] = node.output;
    if (this.#flows.has(output)) return;
    const source = this.#read(node);
    this.#nodes.push(copyWith(node, { input: [this.#toFloats(source)] }));
    this.#flows.set(output, { floats: output, steps: source.steps, zero: 'lowest', isQuantised: source.isQuantised });
  }

  rewritePool(node: OnnxNode): void {
    const [output = ''] = node.output;
    const source = this.#read(node);
    const { steps, zero, isQuantised } = source;
    const input = [isQuantised ? this.#toBytes(source) : this.#toFloats(source)];
    const result = isQuantised ? `${output}/bytes` : output;
    this.#nodes.push(copyWith(node, { input, output: [result] }));
    this.#flows.set(output, { steps, zero, isQuantised, [isQuantised ? 'bytes' : 'floats']: result });
  }

  /** In floats: ONNX Runtime's linear Resize of bytes truncates where it should round, which cost .03 of IoU. */
  rewriteResize(node: OnnxNode): void {
    const [output = ''] = node.output;
    const source = this.#read(node);
    this.#nodes.push(copyWith(node, { input: [this.#toFloats(source), ...node.input.slice(1)] }));
    const { steps, zero, isQuantised } = source;
    this.#flows.set(output, { steps, zero, isQuantised, floats: output });
  }

  rewriteConcat(node: OnnxNode): void {
    const [output = ''] = node.output;
    const sources = node.input.map((_, i) => this.#read(node, i));
    const [first] = sources;
    const isQuantised = sources.every((source) => source.isQuantised && source.zero === first?.zero);
    const input = sources.map((source) => (isQuantised ? this.#toBytes(source) : this.#toFloats(source)));
    const result = isQuantised ? `${output}/bytes` : output;
    this.#nodes.push(copyWith(node, { input, output: [result] }));
    const steps = this.#joinSteps(node, sources);
    const zero = first?.zero ?? 'lowest';
    this.#flows.set(output, { steps, zero, isQuantised, [isQuantised ? 'bytes' : 'floats']: result });
  }

  #joinSteps(node: OnnxNode, sources: readonly Flow[]): Steps {
    if (sources.every((source) => source.steps === undefined)) return undefined;
    const axis = node.attribute.find((attribute) => attribute.name === 'axis');
    if (Number(axis?.i) !== 1) throw new Error(`The node ${node.name} joins something else than channels.`);
    return Float64Array.from(
      sources.flatMap((source) => {
        if (!source.steps) throw new Error(`The node ${node.name} joins channels with steps to channels without.`);
        return [...source.steps];
      }),
    );
  }

  rewriteAdd(node: OnnxNode): void {
    const [output = ''] = node.output;
    const [a, b] = [this.#read(node, 0), this.#read(node, 1)];
    const steps = this.#takeSteps(output);
    const isQuantised = steps !== undefined && a.isQuantised && b.isQuantised;
    if (!isSame(a.steps, b.steps) || (steps && !isSame(a.steps, steps))) {
      throw new Error(`The scale table gives ${node.name} other steps than what it adds.`);
    }
    if (!isQuantised || a.zero !== b.zero) {
      this.#nodes.push(copyWith(node, { input: [this.#toFloats(a), this.#toFloats(b)] }));
      this.#flows.set(output, { floats: output, steps: a.steps, zero: a.zero, isQuantised: steps !== undefined });
      return;
    }
    const input = [a, b].flatMap((flow) => [this.#toBytes(flow), ONE, ZERO_BYTE[flow.zero]]);
    const bytes = `${output}/bytes`;
    const wholeInput = [...input, ONE, ZERO_BYTE[a.zero]];
    this.#nodes.push(createNode('QLinearAdd', wholeInput, bytes, { domain: 'com.microsoft' }));
    this.#flows.set(output, { bytes, steps, zero: a.zero, isQuantised: true });
  }

  keep(node: OnnxNode): void {
    const input = node.input.map((name, i) => {
      if (name === '' || this.#constants.has(name)) return name;
      const source = this.#read(node, i);
      if (source.steps?.some((step) => step !== 1))
        throw new Error(`The scale table puts steps before a ${node.opType} (${node.name}).`);
      return this.#toFloats(source);
    });
    this.#nodes.push(copyWith(node, { input }));
    for (const name of node.output) this.#flows.set(name, createFloatFlow(name));
  }

  finish(): Pick<OnnxGraph, 'node' | 'initializer'> {
    const [foreign] = [...this.#unused, ...this.#unusedBiases];
    if (foreign !== undefined) throw new Error(`The scale table names ${foreign}, which this graph does not have.`);
    for (const { name } of this.#graph.output) {
      if (this.#flows.get(name)?.floats !== name) throw new Error(`The output ${name} would not be floats any more.`);
    }
    const readNames = new Set(this.#nodes.flatMap((node) => node.input));
    const all = [...this.#graph.initializer, ...this.#tensors];
    return { node: this.#nodes, initializer: all.filter((tensor) => readNames.has(tensor.name)) };
  }
}

const createFloatFlow = (name: string): Flow => ({
  steps: undefined,
  zero: 'lowest',
  isQuantised: false,
  floats: name,
});
