/**
 * How likely a matte is to be right, from the network's own hesitation: 0..1, where .8 means that about 8 of 10 such
 * mattes overlap the truth by 90 % and more.
 *
 * Logistic regression on one number, Platt, "Probabilistic outputs for support vector machines", 1999, fitted on 67
 * photos with ground truth. The matte must be the network's own: every refinement hides its doubts.
 */
import { layOut } from './kernels.ts';
import type { Plane } from './raster.ts';

const INTERCEPT = -2.221;
const SLOPE = -1.644;

/** Keeps the logarithm finite for a matte of zeros and ones. */
const LEAST_SOFTNESS = 0.01;

/** Floats that are looked at together: as many as stay in a cache near the processor, a multiple of what the kernel takes. */
const PART = 16_384;

/**
 * Where a second view pays: above, both agree; below, what they agree on is nothing, and a subject that one of them saw is
 * lost. Chosen on 67 odd photos, and so on 69 even ones: docs/matting.md has the figures.
 */
const WORTH_A_SECOND_VIEW = { from: 0.2, below: 0.8 };

export const isWorthSecondView = (confidence: number): boolean =>
  confidence >= WORTH_A_SECOND_VIEW.from && confidence < WORTH_A_SECOND_VIEW.below;

/** Softness is Σ 4a(1 − a) / Σ a: 0 where all is decided, 2 where all is ½. Nothing found: confidence 0. */
export function estimateConfidence({ data }: Plane): number {
  const memory = layOut(PART * 4, 3 * 4);
  const [floats = 0, out = 0] = memory.addresses;
  const [part, sums] = [memory.floats(0), memory.floats(1)];
  let [softness, total, isFound] = [0, 0, false];
  for (let start = 0; start < data.length; start += PART) {
    const count = Math.min(PART, data.length - start);
    part.set(data.subarray(start, start + count));
    // Zeros after the last add nothing.
    part.fill(0, count);
    memory.run.sumDoubts(floats, PART, out);
    const [doubts = 0, sum = 0, most = 0] = sums;
    softness += 4 * doubts;
    total += sum;
    if (most > 0.5) isFound = true;
  }
  if (!isFound) return 0;
  return 1 / (1 + Math.exp(-(INTERCEPT + SLOPE * Math.log(softness / total + LEAST_SOFTNESS))));
}
