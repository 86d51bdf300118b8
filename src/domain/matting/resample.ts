/**
 * A float plane in another size, by a separable cubic kernel; the values stay floats and may overshoot 0..1.
 *
 * Written here because sharp rounds a one-channel float picture to 256 steps when it resizes it. Catmull–Rom, that is
 * a = −½: Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29(6), 1981. When reducing,
 * the kernel is widened by the factor, so that every source value has its share.
 */
import type { Plane } from './raster.ts';
import { type Spread, spreadCells } from './spread.ts';

/** Values that the kernel sees beyond each end of a line. */
const PADDING = 2;

function weighCubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/** `sources` and `weights` hold `count` entries, a multiple of 4, for each of the target's positions. */
type Taps = { readonly count: number; readonly sources: Int32Array; readonly weights: Float32Array };

function computeTaps(from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const count = 4 * Math.ceil(stretch);
  const sources = new Int32Array(to * count);
  const weights = new Float32Array(to * count);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.floor(centre) - count / 2 + 1;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += weighCubic((first + k - centre) / stretch);
    for (let k = 0; k < count; k++) {
      sources[i * count + k] = Math.min(from - 1, Math.max(0, first + k));
      weights[i * count + k] = weighCubic((first + k - centre) / stretch) / sum;
    }
  }
  return { count, sources, weights };
}

/** Adds four rows of `plane`, those of the taps from `tap` on. */
function addFourRows(line: Float32Array, { data, width }: Plane, { sources, weights }: Taps, tap: number): void {
  const a = (sources[tap] as number) * width;
  const b = (sources[tap + 1] as number) * width;
  const c = (sources[tap + 2] as number) * width;
  const d = (sources[tap + 3] as number) * width;
  const wa = weights[tap] as number;
  const wb = weights[tap + 1] as number;
  const wc = weights[tap + 2] as number;
  const wd = weights[tap + 3] as number;
  for (let x = 0; x < width; x++) {
    line[x] =
      (line[x] as number) +
      (data[a + x] as number) * wa +
      (data[b + x] as number) * wb +
      (data[c + x] as number) * wc +
      (data[d + x] as number) * wd;
  }
}

/** Row `y` of the target in the plane's own width. */
function mixRows(line: Float32Array, plane: Plane, taps: Taps, y: number): void {
  line.fill(0);
  for (let k = 0; k < taps.count; k += 4) addFourRows(line, plane, taps, y * taps.count + k);
}

function reduceLine(line: Float32Array, row: Float32Array, { count, sources, weights }: Taps): void {
  for (let x = 0, tap = 0; x < row.length; x++) {
    let sum = 0;
    for (const end = tap + count; tap < end; tap++) {
      sum += (line[sources[tap] as number] as number) * (weights[tap] as number);
    }
    row[x] = sum;
  }
}

/** `padded`: two values repeated at both ends. Between two values the kernel is a cubic, found once for all its places. */
function enlargeLine(padded: Float32Array, row: Float32Array, { starts, fractions }: Spread): void {
  for (let i = 1; i < padded.length - 2; i++) {
    const end = starts[i + 1] as number;
    const a = padded[i - 1] as number;
    const b = padded[i] as number;
    const c = padded[i + 1] as number;
    const d = padded[i + 2] as number;
    const first = (c - a) / 2;
    const second = a - 2.5 * b + 2 * c - d / 2;
    const third = 1.5 * (b - c) + (d - a) / 2;
    for (let x = starts[i] as number; x < end; x++) {
      const t = fractions[x] as number;
      row[x] = ((third * t + second) * t + first) * t + b;
    }
  }
}

/** Writes one row of the plane in its new size. */
type RowResampler = (y: number, row: Float32Array) => void;

/** Row by row, so that no float plane of the new size is ever held. */
export function createRowResampler(plane: Plane, width: number, height: number): RowResampler {
  const padded = new Float32Array(plane.width + 2 * PADDING);
  const line = padded.subarray(PADDING, PADDING + plane.width);
  const downwards = computeTaps(plane.height, height);
  if (plane.width > width) {
    const across = computeTaps(plane.width, width);
    return (y, row) => {
      mixRows(line, plane, downwards, y);
      reduceLine(line, row, across);
    };
  }
  const across = spreadCells(plane.width, width, PADDING);
  return (y, row) => {
    mixRows(line, plane, downwards, y);
    padded.fill(line[0] as number, 0, PADDING);
    padded.fill(line[line.length - 1] as number, PADDING + line.length);
    enlargeLine(padded, row, across);
  };
}
