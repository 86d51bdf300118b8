/**
 * A float plane in another size, by a separable cubic kernel; the values stay floats and may overshoot 0..1.
 *
 * Written here because sharp rounds a one-channel float picture to 256 steps when it resizes it. Catmull–Rom, that is
 * a = −½: Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29(6), 1981. When reducing,
 * the kernel is widened by the factor, so that every source value has its share.
 */
import { layOut } from './kernels.ts';
import type { Plane } from './raster.ts';

function weighCubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/** Each of the target's places is a mix of `count` sources, a multiple of 4, from its first on, which may be below 0. */
type Taps = { readonly count: number; readonly firsts: Int32Array; readonly weights: Float32Array };

function computeTaps(from: number, to: number, shift: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const count = 4 * Math.ceil(stretch);
  const firsts = new Int32Array(to);
  const weights = new Float32Array(to * count);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5 + shift;
    const first = Math.floor(centre) - count / 2 + 1;
    firsts[i] = first;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += weighCubic((first + k - centre) / stretch);
    for (let k = 0; k < count; k++) weights[i * count + k] = weighCubic((first + k - centre) / stretch) / sum;
  }
  return { count, firsts, weights };
}

/** Rows of the plane in its new size, one at a time. */
export type RowResampler = {
  /** Holds the row that was made last. It may be drawn into. */
  readonly row: Float32Array;
  make(y: number): void;
  /** The row as bytes: 0..1 becomes 0..255, clamped and rounded once; what is not a number is 0. */
  quantise(): Uint8Array;
};

/** Places that the kernel makes at a time. */
const GROUP = 4;

/**
 * Row by row, so that no float plane of the new size is ever held. No other use of the kernels may come between rows.
 * `shift`: how far right and down of its place each value is taken, in values of the plane.
 */
export function createRowResampler(plane: Plane, toWidth: number, toHeight: number, shift = 0): RowResampler {
  const { data, width, height } = plane;
  const downwards = computeTaps(height, toHeight, shift);
  const across = computeTaps(width, toWidth, shift);
  // As far as the widest kernel looks beyond either end.
  const padding = across.count;
  const places = Math.ceil(toWidth / GROUP) * GROUP;
  const memory = layOut(
    data.length * 4,
    downwards.count * 4,
    downwards.weights.length * 4,
    (width + 2 * padding) * 4,
    places * 4,
    places * across.count * 4,
    toWidth * 4,
    toWidth,
  );
  const [planeAt = 0, rows = 0, downWeights = 0, line = 0, starts = 0, weights = 0, out = 0, bytes = 0] =
    memory.addresses;
  memory.floats(0).set(data);
  memory.floats(2).set(downwards.weights);
  // The places of the last group that are beyond the row read from its start.
  memory.integers(4).fill(0);
  memory.integers(4).set(across.firsts.map((first) => first + padding));
  memory.floats(5).set(across.weights);
  const rowAddresses = memory.integers(1);
  const padded = memory.floats(3);
  const quantised = memory.bytes(7);
  return {
    row: memory.floats(6),
    make(y) {
      const { run } = memory;
      for (let k = 0; k < downwards.count; k++) {
        const source = Math.min(height - 1, Math.max(0, (downwards.firsts[y] as number) + k));
        rowAddresses[k] = planeAt + source * width * 4;
      }
      const inner = line + padding * 4;
      run.mixFloatRows(rows, downWeights + y * downwards.count * 4, downwards.count, inner, width);
      padded.fill(padded[padding] as number, 0, padding);
      padded.fill(padded[padding + width - 1] as number, padding + width);
      run.resampleLine(line, starts, weights, across.count, out, toWidth);
    },
    quantise() {
      memory.run.quantise(out, bytes, toWidth);
      return quantised;
    },
  };
}
