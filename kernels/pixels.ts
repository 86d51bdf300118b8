/**
 * The loops over pixels that gain most from SIMD, in AssemblyScript. Addresses are bytes in the module's memory, which its
 * caller lays out (`src/domain/matting/kernels.ts`); each buffer may be read and written up to 16 bytes beyond its end.
 * Built into `src/domain/matting/kernels-wasm.ts` by `npm run build:kernels`.
 */

export {
  applyLaplacian,
  averageLines,
  fitWindows,
  inspectWindows,
  stepAlong,
  turnDirection,
} from './closed-form';
export { inheritColours, sweepColours } from './colours';
export { sumDoubts } from './doubts';
export { filterRow, sumAdler } from './png-rows';

/** The first byte that no constant of the module takes. */
export const heapBase: usize = __heap_base;

/** Weights of bytes are whole numbers of 1/2048: products and sums fit the lanes. */
const SHIFT: i32 = 11;
const HALF: i32 = 1 << 10;

/** Two weights, side by side in each pair of lanes. */
function pairOf(weights: usize): v128 {
  return i32x4.splat(load<i32>(weights));
}

function weigh(pairs: v128, weights: v128): v128 {
  return i32x4.dot_i16x8_s(pairs, weights);
}

function round(low: v128, high: v128): v128 {
  const half = i32x4.splat(HALF);
  const a = i32x4.shr_s(i32x4.add(low, half), SHIFT);
  const b = i32x4.shr_s(i32x4.add(high, half), SHIFT);
  return i16x8.narrow_i32x4_s(a, b);
}

/** `out[i] = (a[i] wa + b[i] wb + c[i] wc + d[i] wd) / 2048`, bytes; the four weights are i16 at `weights`. */
export function mixByteRows(a: usize, b: usize, c: usize, d: usize, weights: usize, out: usize, length: i32): void {
  const first = pairOf(weights);
  const second = pairOf(weights + 4);
  for (let i = 0; i < length; i += 16) {
    const va = v128.load(a + i);
    const vb = v128.load(b + i);
    const vc = v128.load(c + i);
    const vd = v128.load(d + i);
    const abLow = i8x16.shuffle(va, vb, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const abHigh = i8x16.shuffle(va, vb, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const cdLow = i8x16.shuffle(vc, vd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const cdHigh = i8x16.shuffle(vc, vd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const s0 = i32x4.add(weigh(i16x8.extend_low_i8x16_u(abLow), first), weigh(i16x8.extend_low_i8x16_u(cdLow), second));
    const s1 = i32x4.add(
      weigh(i16x8.extend_high_i8x16_u(abLow), first),
      weigh(i16x8.extend_high_i8x16_u(cdLow), second),
    );
    const s2 = i32x4.add(
      weigh(i16x8.extend_low_i8x16_u(abHigh), first),
      weigh(i16x8.extend_low_i8x16_u(cdHigh), second),
    );
    const s3 = i32x4.add(
      weigh(i16x8.extend_high_i8x16_u(abHigh), first),
      weigh(i16x8.extend_high_i8x16_u(cdHigh), second),
    );
    v128.store(out + i, i8x16.narrow_i16x8_u(round(s0, s1), round(s2, s3)));
  }
}

/**
 * A row of RGB bytes made wider: target pixel x is a mix of the four pixels from byte `starts[x]` (i32) of `row` on, by the
 * four i16 from `weights + 8 x` on.
 */
export function widenRgbRow(row: usize, starts: usize, weights: usize, out: usize, width: i32): void {
  for (let x = 0; x < width; x++) {
    const four = v128.load(row + load<i32>(starts + (x << 2)));
    const ab = i8x16.shuffle(four, four, 0, 3, 1, 4, 2, 5, 0, 3, 0, 3, 1, 4, 2, 5, 0, 3);
    const cd = i8x16.shuffle(four, four, 6, 9, 7, 10, 8, 11, 6, 9, 6, 9, 7, 10, 8, 11, 6, 9);
    const at = weights + (x << 3);
    const sum = i32x4.add(
      weigh(i16x8.extend_low_i8x16_u(ab), pairOf(at)),
      weigh(i16x8.extend_low_i8x16_u(cd), pairOf(at + 4)),
    );
    const words = round(sum, sum);
    v128.store32_lane(out + x * 3, i8x16.narrow_i16x8_u(words, words), 0);
  }
}

function storeFloats(out: usize, bytes: v128, scale: v128, offset: v128): void {
  const low = i16x8.extend_low_i8x16_u(bytes);
  const high = i16x8.extend_high_i8x16_u(bytes);
  v128.store(out, f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low)), scale), offset));
  v128.store(out, f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low)), scale), offset), 16);
  v128.store(out, f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high)), scale), offset), 32);
  v128.store(out, f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high)), scale), offset), 48);
}

/** Interleaved RGB bytes as three float planes, `plane` bytes apart: value · scale + offset of its channel. */
export function splitRgb(
  rgb: usize,
  count: i32,
  out: usize,
  plane: usize,
  redScale: f32,
  redOffset: f32,
  greenScale: f32,
  greenOffset: f32,
  blueScale: f32,
  blueOffset: f32,
): void {
  for (let i = 0; i < count; i += 16) {
    const p = v128.load(rgb + i * 3);
    const q = v128.load(rgb + i * 3, 16);
    const r = v128.load(rgb + i * 3, 32);
    const red = i8x16.shuffle(
      i8x16.shuffle(p, q, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0),
      r,
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      17,
      20,
      23,
      26,
      29,
    );
    const green = i8x16.shuffle(
      i8x16.shuffle(p, q, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0),
      r,
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      18,
      21,
      24,
      27,
      30,
    );
    const blue = i8x16.shuffle(
      i8x16.shuffle(p, q, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0),
      r,
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      16,
      19,
      22,
      25,
      28,
      31,
    );
    const at = out + (i << 2);
    storeFloats(at, red, f32x4.splat(redScale), f32x4.splat(redOffset));
    storeFloats(at + plane, green, f32x4.splat(greenScale), f32x4.splat(greenOffset));
    storeFloats(at + (plane << 1), blue, f32x4.splat(blueScale), f32x4.splat(blueOffset));
  }
}

/** Rows of floats mixed: `out` is the sum of the `count` rows at the addresses in `rows`, by the floats at `weights`. */
export function mixFloatRows(rows: usize, weights: usize, count: i32, out: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    let sum = f32x4.splat(0);
    for (let k = 0; k < count; k++) {
      const weight = v128.load32_splat(weights + (k << 2));
      sum = f32x4.add(sum, f32x4.mul(v128.load(load<usize>(rows + (k << 2)) + (i << 2)), weight));
    }
    v128.store(out + (i << 2), sum);
  }
}

function weighTaps(line: usize, start: usize, weights: usize, count: i32): v128 {
  const from = line + ((<usize>load<i32>(start)) << 2);
  let sum = f32x4.mul(v128.load(from), v128.load(weights));
  for (let k = 4; k < count; k += 4) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(from + (k << 2)), v128.load(weights + (k << 2))));
  }
  return sum;
}

/** A line of floats in another length: place x is the sum of `count`, a multiple of 4, from `starts[x]` (i32) on. */
export function resampleLine(line: usize, starts: usize, weights: usize, count: i32, out: usize, length: i32): void {
  const stride: usize = (<usize>count) << 2;
  for (let x = 0; x < length; x += 4) {
    const start = starts + (x << 2);
    const at = weights + <usize>x * stride;
    const a = weighTaps(line, start, at, count);
    const b = weighTaps(line, start + 4, at + stride, count);
    const c = weighTaps(line, start + 8, at + 2 * stride, count);
    const d = weighTaps(line, start + 12, at + 3 * stride, count);
    const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 2, 6), v128.shuffle<f32>(a, b, 1, 5, 3, 7));
    const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 2, 6), v128.shuffle<f32>(c, d, 1, 5, 3, 7));
    v128.store(out + (x << 2), f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7)));
  }
}

/** Floats as bytes: 0..1 becomes 0..255, rounded once; beyond is clamped, and what is not a number is 0. */
export function quantise(floats: usize, out: usize, length: i32): void {
  const scale = f32x4.splat(255);
  const half = f32x4.splat(0.5);
  for (let i = 0; i < length; i += 16) {
    const at = floats + (i << 2);
    const a = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(v128.load(at), scale), half));
    const b = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(v128.load(at, 16), scale), half));
    const c = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(v128.load(at, 32), scale), half));
    const d = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(v128.load(at, 48), scale), half));
    const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    v128.store(out + i, bytes);
  }
}
