/**
 * The steps of a scale table, from what the tensors of a graph hold on photos: of each channel the range that makes the
 * mean square of rounding and clipping together least.
 */
import { findFirstConvs } from './first-convs.ts';
import type { ScaleTable } from './scale-table.ts';
import { copyWith, DATA_TYPE, type OnnxGraph, type OnnxModel, type OnnxNode } from './schema.ts';

/** A tensor that is to become bytes. */
export type Observed = {
  readonly name: string;
  readonly isSigned: boolean;
  /** Tensors of one group are added to one another, so they share their steps. */
  readonly group: number;
};

/** Sizes by their exponent and the first three bits of their fraction: eight an octave, from 2^-16 to 2^16. */
const BINS = 256;
const FIRST_BIN = (127 - 16) << 3;
const SMALLEST_STEP = 1e-6;

/**
 * What follows a ReLU or an Add, and of the convolutions that no ReLU follows those that others read: not the last ones,
 * whose numbers become the matte, and not the first one where it becomes one with its reader.
 */
export function listObserved(graph: OnnxGraph): Observed[] {
  const readersOf = (node: OnnxNode): OnnxNode[] =>
    graph.node.filter((each) => each.input.some((name) => name !== '' && name === node.output[0]));
  const merged = findFirstConvs(graph)?.first;
  const isInner = (node: OnnxNode): boolean =>
    node.opType === 'Relu' ||
    node.opType === 'Add' ||
    (node.opType === 'Conv' && node !== merged && readersOf(node).some((reader) => reader.opType === 'Conv'));
  const groups = new Map<string, number>();
  for (const [i, node] of graph.node.entries()) {
    if (node.opType === 'Add')
      for (const name of [...node.input, ...node.output]) groups.set(name, groups.get(name) ?? i);
  }
  return graph.node.flatMap((node, i) => {
    const [name = ''] = node.output;
    return isInner(node) ? [{ name, isSigned: node.opType === 'Conv', group: groups.get(name) ?? i }] : [];
  });
}

/** The model with these tensors among its outputs. */
export function exposeTensors(model: OnnxModel, observed: readonly Observed[]): OnnxModel {
  const known = new Set(model.graph.output.map((output) => output.name));
  const added = observed.filter(({ name }) => !known.has(name));
  const infos = added.map(({ name }) => ({ name, type: { tensorType: { elemType: DATA_TYPE.float, shape: null } } }));
  return copyWith(model, { graph: copyWith(model.graph, { output: [...model.graph.output, ...infos] }) });
}

/** Of each channel how many numbers there were of each size. */
export class Histogram {
  readonly channels: number;
  readonly counts: Float64Array;

  constructor(channels: number) {
    this.channels = channels;
    this.counts = new Float64Array(channels * BINS);
  }

  /** Of planes one after another; of large ones a part, in an odd stride that meets every column. */
  add(planes: Float32Array): void {
    const bits = new Uint32Array(planes.buffer, planes.byteOffset, planes.length);
    const length = planes.length / this.channels;
    const stride = length > 65_536 ? 13 : length > 16_384 ? 5 : length > 4_096 ? 3 : 1;
    for (let channel = 0; channel < this.channels; channel++) {
      const end = (channel + 1) * length;
      for (let i = channel * length; i < end; i += stride) {
        const size = (((bits[i] as number) & 0x7fffffff) >>> 20) - FIRST_BIN + 1;
        const at = channel * BINS + Math.min(BINS - 1, Math.max(0, size));
        this.counts[at] = (this.counts[at] as number) + 1;
      }
    }
  }

  ofChannel(channel: number): Float64Array {
    return this.counts.subarray(channel * BINS, (channel + 1) * BINS);
  }
}

/** The middle of each bin; of the first, which holds what rounds to nothing, zero. */
const SIZES = Float64Array.from({ length: BINS }, (_, bin) => {
  const bits = bin - 1 + FIRST_BIN;
  return bin === 0 ? 0 : 2 ** ((bits >> 3) - 127) * (1 + ((bits & 7) + 0.5) / 8);
});

/** What is clipped is rare, what is rounded is everywhere: mean IoU .987 on 31 photos not calibrated on, .985 at 1. */
const CLIPPING_WEIGHT = 0.2;

function measureError(counts: readonly Float64Array[], range: number, levels: number): number {
  const rounding = (range / levels) ** 2 / 12;
  let error = 0;
  for (const each of counts) {
    for (let bin = 1; bin < BINS; bin++) {
      const size = SIZES[bin] as number;
      const one = size > range ? CLIPPING_WEIGHT * (size - range) ** 2 : Math.min(size * size, rounding);
      error += (each[bin] as number) * one;
    }
  }
  return error;
}

/** From the largest number down, eight tries an octave. */
function findBestRange(counts: readonly Float64Array[], levels: number): number {
  const top = Math.max(...counts.map((each) => each.findLastIndex((count) => count > 0)));
  if (top <= 0) return 0;
  const tries = Array.from({ length: 49 }, (_, k) => (SIZES[top] as number) * 1.06 * 2 ** (-k / 8));
  const errors = tries.map((range) => measureError(counts, range, levels));
  return tries[errors.indexOf(Math.min(...errors))] ?? 0;
}

/** A channel that hardly ever speaks would ask for weights that no int8 can hold beside the others. */
const LEAST_SHARE = 0.005;

export function computeSteps(observed: readonly Observed[], histograms: ReadonlyMap<string, Histogram>): ScaleTable {
  const steps = new Map<string, Float64Array>();
  for (const group of new Set(observed.map((each) => each.group))) {
    const members = observed.filter((each) => each.group === group);
    const parts = members.flatMap(({ name }) => histograms.get(name) ?? []);
    const levels = members.some((each) => each.isSigned) ? 127 : 255;
    const ranges = Array.from({ length: parts[0]?.channels ?? 0 }, (_, channel) =>
      findBestRange(
        parts.map((part) => part.ofChannel(channel)),
        levels,
      ),
    );
    const least = Math.max(...ranges) * LEAST_SHARE;
    const shared = Float64Array.from(ranges, (range) => Math.max(range, least, SMALLEST_STEP) / levels);
    for (const { name } of members) steps.set(name, shared);
  }
  return { steps };
}
