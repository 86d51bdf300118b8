/**
 * Rounds the weights of one output channel to whole numbers so that the errors cancel where the input is smooth: what a
 * kernel adds up to is kept to half a step, and so is what all kernels add up to. Guo et al., "SQuant: on-the-fly
 * data-free quantization via diagonal Hessian approximation", ICLR 2022. Ties go to the earlier weight.
 */

const LIMIT = 127;

/** Moves the weight of [start, end) whose rounding erred most the other way. Undefined where all are at the limit. */
function moveOne(rounded: Int8Array, exact: Float64Array, start: number, end: number, move: 1 | -1): void {
  let best = -1;
  let bestError = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const error = move * ((exact[i] as number) - (rounded[i] as number));
    if (error > bestError && Math.abs((rounded[i] as number) + move) <= LIMIT) {
      best = i;
      bestError = error;
    }
  }
  if (best >= 0) rounded[best] = (rounded[best] as number) + move;
}

function sumErrors(rounded: Int8Array, exact: Float64Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += (rounded[i] as number) - (exact[i] as number);
  return sum;
}

/** `exact` in units of the scale, within the range of int8; `kernel` weights belong to one input channel. */
export function roundKernels(exact: Float64Array, kernel: number): Int8Array {
  const rounded = new Int8Array(exact.length);
  for (let i = 0; i < exact.length; i++) {
    rounded[i] = Math.min(LIMIT, Math.max(-LIMIT, Math.round(exact[i] as number)));
  }
  const sums: { readonly start: number; readonly error: number }[] = [];
  let total = 0;
  for (let start = 0; start < exact.length; start += kernel) {
    const end = start + kernel;
    const before = sumErrors(rounded, exact, start, end);
    for (let n = Math.round(Math.abs(before)); n > 0; n--) moveOne(rounded, exact, start, end, before > 0 ? -1 : 1);
    const error = sumErrors(rounded, exact, start, end);
    sums.push({ start, error });
    total += error;
  }
  const move = total > 0 ? -1 : 1;
  sums.sort((a, b) => move * (a.error - b.error) || a.start - b.start);
  for (const { start } of sums.slice(0, Math.round(Math.abs(total)))) {
    moveOne(rounded, exact, start, start + kernel, move);
  }
  return rounded;
}
