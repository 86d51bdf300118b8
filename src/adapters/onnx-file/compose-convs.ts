/**
 * Two convolutions with nothing between them are one linear map. Here: 3 × 3 in steps of two, then 3 × 3, which reach
 * 7 × 7 in steps of two, and these lie in 4 × 4 blocks of 2 × 2. Sums of products are in double precision and in one
 * order, so that they never differ.
 */
import type { ConvWeights } from './quantise-weights.ts';

const REACH = 7;
const BLOCK = 2;
const BLOCKS = 4;
/** The first row and column of the blocks lie before the 7 × 7. */
const BEFORE = BLOCK * BLOCKS - REACH;

/** Of the 4 × 4 in steps of one. */
export const BLOCK_KERNEL = { blockSize: BLOCK, kernel: [BLOCKS, BLOCKS], pads: [2, 2, 1, 1] };

/** [out, in, 7, 7] in steps of two, of [inner, in, 3, 3] in steps of two and [out, inner, 3, 3]. */
export function composeConvs(first: ConvWeights, second: ConvWeights): ConvWeights {
  const [inner = 0, inputs = 0] = first.dims;
  const [outputs = 0] = second.dims;
  const weights = new Float64Array(outputs * inputs * REACH ** 2);
  const bias = Float64Array.from(second.bias);
  for (let at = 0; at < outputs * inner * 9; at++) {
    const [o, m, tap] = [Math.floor(at / 9 / inner), Math.floor(at / 9) % inner, at % 9];
    const outer = second.weights[at] as number;
    bias[o] = (bias[o] as number) + outer * (first.bias[m] as number);
    for (let k = 0; k < inputs * 9; k++) {
      const [y, x] = [2 * Math.floor(tap / 3) + (Math.floor(k / 3) % 3), 2 * (tap % 3) + (k % 3)];
      const target = ((o * inputs + Math.floor(k / 9)) * REACH + y) * REACH + x;
      weights[target] = (weights[target] as number) + outer * (first.weights[m * inputs * 9 + k] as number);
    }
  }
  return { dims: [outputs, inputs, REACH, REACH], weights, bias };
}

/** The same [out, in, 7, 7] as [out, 4 in, 4, 4] on what SpaceToDepth makes of its input. */
export function layInBlocks({ dims, weights, bias }: ConvWeights): ConvWeights {
  const [outputs = 0, inputs = 0] = dims;
  const laid = new Float64Array(outputs * inputs * (BLOCK * BLOCKS) ** 2);
  for (let at = 0; at < weights.length; at++) {
    const [x, y] = [(at % REACH) + BEFORE, (Math.floor(at / REACH) % REACH) + BEFORE];
    const plane = Math.floor(at / REACH ** 2);
    const channel = ((y % BLOCK) * BLOCK + (x % BLOCK)) * inputs + (plane % inputs);
    const row = (Math.floor(plane / inputs) * inputs * BLOCK ** 2 + channel) * BLOCKS + Math.floor(y / BLOCK);
    laid[row * BLOCKS + Math.floor(x / BLOCK)] = weights[at] as number;
  }
  return { dims: [outputs, inputs * BLOCK ** 2, BLOCKS, BLOCKS], weights: laid, bias };
}

/** For an input that has been made smaller by `moved` everywhere. */
export function moveInput(conv: ConvWeights, moved: number): ConvWeights {
  const each = conv.weights.length / conv.bias.length;
  const bias = Float64Array.from(conv.bias);
  for (const [at, weight] of conv.weights.entries()) {
    const o = Math.floor(at / each);
    bias[o] = (bias[o] as number) + weight * moved;
  }
  return { ...conv, bias };
}
