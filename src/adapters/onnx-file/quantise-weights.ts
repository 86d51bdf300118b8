/**
 * The weights of one convolution between tensors that have a step a channel: the steps are folded in exactly, and what
 * is rounded is rounded once. Nothing but IEEE multiplication, division and rounding, so that the bytes never differ.
 */

import { roundKernels } from './round-kernels.ts';

export type ConvWeights = {
  /** [output channels, input channels, …kernel] */
  readonly dims: readonly number[];
  readonly weights: Float32Array | Float64Array;
  readonly bias: Float32Array | Float64Array;
};

/** Steps of the channels that go in and out; undefined: the numbers themselves. */
export type Steps = Float64Array | undefined;

const LARGEST_INT8 = 127;
const LARGEST_INT32 = 2 ** 31 - 1;

/** w × step in ÷ step out, b ÷ step out. */
export function foldSteps({ dims, weights, bias }: ConvWeights, stepsIn: Steps, stepsOut: Steps) {
  const [outputs = 0, inputs = 0] = dims;
  const kernel = weights.length / (outputs * inputs);
  const folded = new Float64Array(weights.length);
  for (let o = 0, at = 0; o < outputs; o++) {
    const stepOut = stepsOut?.[o] ?? 1;
    for (let i = 0; i < inputs; i++) {
      const factor = (stepsIn?.[i] ?? 1) / stepOut;
      for (let k = 0; k < kernel; k++, at++) folded[at] = (weights[at] as number) * factor;
    }
  }
  return { weights: folded, bias: Float64Array.from(bias, (value, o) => value / (stepsOut?.[o] ?? 1)) };
}

function findLargest(values: Float64Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}

/** One scale an output channel, such that its largest weight is 127. */
export function quantiseWeights(conv: ConvWeights, stepsIn: Steps, stepsOut: Steps) {
  const folded = foldSteps(conv, stepsIn, stepsOut);
  const [outputs = 0, inputs = 1] = conv.dims;
  const perOutput = folded.weights.length / outputs;
  const weights = new Int8Array(folded.weights.length);
  const scales = new Float32Array(outputs);
  const bias = new Int32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const [start, end] = [o * perOutput, (o + 1) * perOutput];
    // A channel of zeros takes any scale; a bias that outgrows its weights widens theirs.
    const needed = Math.max(findLargest(folded.weights, start, end) / LARGEST_INT8, 1e-12);
    const offset = folded.bias[o] as number;
    const scale = Math.fround(Math.max(needed, Math.abs(offset) / (LARGEST_INT32 / 2)));
    const exact = folded.weights.subarray(start, end);
    for (let i = 0; i < exact.length; i++) exact[i] = (exact[i] as number) / scale;
    weights.set(roundKernels(exact, perOutput / inputs), start);
    scales[o] = scale;
    bias[o] = Math.round(offset / scale);
  }
  return { weights, scales, bias };
}
