/**
 * A float plane in another size, by a separable cubic kernel; the values stay floats and may overshoot 0..1.
 *
 * Written here because sharp rounds a one-channel float picture to 256 steps when it resizes it. Catmull–Rom, that is
 * a = −½: Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29(6), 1981. When reducing,
 * the kernel is widened by the factor, so that every source value has its share.
 */
import type { Plane } from './raster.ts';

function weighCubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/** `sources` and `weights` hold `count` entries for each of the target's positions. */
type Taps = { readonly count: number; readonly sources: Int32Array; readonly weights: Float32Array };

function computeTaps(from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const count = stretch === 1 ? 4 : 2 * Math.ceil(2 * stretch) + 1;
  const sources = new Int32Array(to * count);
  const weights = new Float32Array(to * count);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const first = stretch === 1 ? Math.floor(centre) - 1 : Math.round(centre) - (count - 1) / 2;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += weighCubic((first + k - centre) / stretch);
    for (let k = 0; k < count; k++) {
      sources[i * count + k] = Math.min(from - 1, Math.max(0, first + k));
      weights[i * count + k] = weighCubic((first + k - centre) / stretch) / sum;
    }
  }
  return { count, sources, weights };
}

function resampleRows(source: Float32Array, from: number, rows: number, to: number): Float32Array {
  const taps = computeTaps(from, to);
  const target = new Float32Array(to * rows);
  const resampleRow = taps.count === 4 ? enlargeRow : reduceRow;
  for (let y = 0; y < rows; y++) {
    resampleRow(source.subarray(y * from, (y + 1) * from), target.subarray(y * to, (y + 1) * to), taps);
  }
  return target;
}

function reduceRow(source: Float32Array, target: Float32Array, { count, sources, weights }: Taps): void {
  for (let x = 0, tap = 0; x < target.length; x++) {
    let sum = 0;
    for (const end = tap + count; tap < end; tap++) {
      sum += (source[sources[tap] as number] as number) * (weights[tap] as number);
    }
    target[x] = sum;
  }
}

/** The four taps written out: twice as fast as the loop. */
function enlargeRow(source: Float32Array, target: Float32Array, { sources, weights }: Taps): void {
  for (let x = 0, tap = 0; x < target.length; x++, tap += 4) {
    target[x] =
      (source[sources[tap] as number] as number) * (weights[tap] as number) +
      (source[sources[tap + 1] as number] as number) * (weights[tap + 1] as number) +
      (source[sources[tap + 2] as number] as number) * (weights[tap + 2] as number) +
      (source[sources[tap + 3] as number] as number) * (weights[tap + 3] as number);
  }
}

function resampleColumns(source: Float32Array, width: number, from: number, to: number): Float32Array<ArrayBuffer> {
  const taps = computeTaps(from, to);
  const target = new Float32Array(width * to);
  for (let y = 0; y < to; y++) {
    const out = target.subarray(y * width, (y + 1) * width);
    // Four source rows at a time: enlarging needs exactly four, and each pass over a row costs memory traffic.
    for (let k = 0; k < taps.count; k += 4) addRows(out, source, taps, y * taps.count + k, Math.min(4, taps.count - k));
  }
  return target;
}

/** Adds up to four weighted rows of `source` to `out`; a row that is left out has no weight. */
function addRows(
  out: Float32Array,
  source: Float32Array,
  { sources, weights }: Taps,
  tap: number,
  count: number,
): void {
  const width = out.length;
  const row = (k: number) => {
    const start = k < count ? (sources[tap + k] as number) * width : 0;
    return source.subarray(start, start + width);
  };
  const weight = (k: number) => (k < count ? (weights[tap + k] as number) : 0);
  const [a, b, c, d] = [row(0), row(1), row(2), row(3)];
  const [wa, wb, wc, wd] = [weight(0), weight(1), weight(2), weight(3)];
  for (let x = 0; x < width; x++) {
    const sum = (a[x] as number) * wa + (b[x] as number) * wb + (c[x] as number) * wc + (d[x] as number) * wd;
    out[x] = (out[x] as number) + sum;
  }
}

/** 12 MP from 1024 × 1024 takes about 100 ms, 1 MP about 10 ms, on one core. */
export function resamplePlane(plane: Plane, width: number, height: number): Plane {
  if (plane.width === width && plane.height === height) return plane;
  const rows = resampleRows(plane.data, plane.width, plane.height, width);
  return { data: resampleColumns(rows, width, plane.height, height), width, height };
}
