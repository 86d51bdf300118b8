/**
 * How likely a matte is to be right, from the network's own hesitation: 0..1, where .8 means that about 8 of 10 such
 * mattes overlap the truth by 90 % and more.
 *
 * Logistic regression on one number, Platt, "Probabilistic outputs for support vector machines", 1999, fitted on 67
 * photos with ground truth. The matte must be the network's own: every refinement hides its doubts.
 */
import type { Plane } from './raster.ts';

const INTERCEPT = -2.221;
const SLOPE = -1.644;

/** Keeps the logarithm finite for a matte of zeros and ones. */
const LEAST_SOFTNESS = 0.01;

/** Softness is Σ 4a(1 − a) / Σ a: 0 where all is decided, 2 where all is ½. Nothing found: confidence 0. */
export function estimateConfidence({ data }: Plane): number {
  let [softness, total, isFound] = [0, 0, false];
  for (let i = 0; i < data.length; i++) {
    const a = Math.min(1, Math.max(0, data[i] as number));
    softness += 4 * a * (1 - a);
    total += a;
    if (a > 0.5) isFound = true;
  }
  if (!isFound) return 0;
  return 1 / (1 + Math.exp(-(INTERCEPT + SLOPE * Math.log(softness / total + LEAST_SOFTNESS))));
}
