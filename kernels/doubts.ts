/** What the confidence in a matte is estimated from (`src/domain/matting/confidence.ts`). Addresses are bytes, as in `pixels.ts`. */

/** What is not a number is 0. The plain `min` and `max` of WebAssembly take several instructions each on x86. */
function cut(floats: usize): v128 {
  const positive = f32x4.pmax(f32x4.splat(0), v128.load(floats));
  return f32x4.pmin(f32x4.splat(1), positive);
}

function doubtOf(a: v128): v128 {
  return f32x4.mul(a, f32x4.sub(f32x4.splat(1), a));
}

function addFour(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/** In double precision: a million of single ones would lose the last of their digits. */
function addTo(sums: v128, values: v128): v128 {
  const high = v128.shuffle<f32>(values, values, 2, 3, 2, 3);
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(values), f64x2.promote_low_f32x4(high)));
}

/** Of floats cut to 0..1, a multiple of 16, at `out`: the sum of a (1 − a), the sum of a, and the greatest, as floats. */
export function sumDoubts(floats: usize, length: i32, out: usize): void {
  let doubts = f64x2.splat(0);
  let sums = f64x2.splat(0);
  let most = f32x4.splat(0);
  for (let i = 0; i < length; i += 16) {
    const at = floats + (i << 2);
    const a = cut(at);
    const b = cut(at + 16);
    const c = cut(at + 32);
    const d = cut(at + 48);
    doubts = addTo(doubts, addFour(doubtOf(a), doubtOf(b), doubtOf(c), doubtOf(d)));
    sums = addTo(sums, addFour(a, b, c, d));
    most = f32x4.pmax(most, f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
  }
  const pairs = f32x4.pmax(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1));
  store<f32>(out, <f32>(f64x2.extract_lane(doubts, 0) + f64x2.extract_lane(doubts, 1)));
  store<f32>(out, <f32>(f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)), 4);
  store<f32>(out, max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1)), 8);
}
