/**
 * One sweep of the estimation of colours (`src/domain/matting/foreground-colour.ts`), the three channels at a time.
 * Addresses are bytes, as in `pixels.ts`.
 */

/** Bytes of a member's colours: four floats of the subject, the last of them unused, and four of the background. */
const COLOURS: usize = 32;

function weightOf(own: i32, other: i32, flat: f32, edge: f32): f32 {
  return flat + edge * <f32>abs<i32>(own - other);
}

function alphaOf(pixels: usize, slot: i32): i32 {
  return <i32>load<u8>(pixels + ((<usize>slot) << 2), 3);
}

function storeClamped(at: usize, value: v128): void {
  v128.store(at, f32x4.min(f32x4.max(value, f32x4.splat(0)), f32x4.splat(255)));
}

/**
 * Each member against its neighbours, in place and in order. `pixels`: red, green, blue and alpha of each. `above`, `below`:
 * slots of the neighbours (i32), −1 where there is none. The members from `starts[r]` to before `starts[r + 1]` lie side by
 * side. A neighbour weighs `flat`, and `edge` more for each of 255 steps of alpha between the two.
 */
export function sweepColours(
  pixels: usize,
  above: usize,
  below: usize,
  colours: usize,
  starts: usize,
  runs: i32,
  flat: f32,
  edge: f32,
): void {
  for (let run = 0; run < runs; run++) {
    const first = load<i32>(starts + ((<usize>run) << 2));
    const last = load<i32>(starts + ((<usize>run) << 2), 4) - 1;
    for (let k = first; k <= last; k++) {
      const own = alphaOf(pixels, k);
      const upSlot = load<i32>(above + ((<usize>k) << 2));
      const lowSlot = load<i32>(below + ((<usize>k) << 2));
      const leftWeight: f32 = k > first ? weightOf(own, alphaOf(pixels, k - 1), flat, edge) : 0;
      const rightWeight: f32 = k < last ? weightOf(own, alphaOf(pixels, k + 1), flat, edge) : 0;
      const upWeight: f32 = upSlot >= 0 ? weightOf(own, alphaOf(pixels, upSlot), flat, edge) : 0;
      const lowWeight: f32 = lowSlot >= 0 ? weightOf(own, alphaOf(pixels, lowSlot), flat, edge) : 0;
      const total = leftWeight + rightWeight + upWeight + lowWeight;
      if (total === 0) continue;
      const at = colours + <usize>k * COLOURS;
      const left = k > first ? at - COLOURS : at;
      const right = k < last ? at + COLOURS : at;
      const up = upSlot >= 0 ? colours + <usize>upSlot * COLOURS : at;
      const low = lowSlot >= 0 ? colours + <usize>lowSlot * COLOURS : at;
      const a: f32 = <f32>own / 255;
      const b: f32 = <f32>1 - a;
      // (a² + t) F + ab B = aI + ΣF,  ab F + (b² + t) B = bI + ΣB
      const scale: f32 = <f32>1 / (total * (a * a + b * b + total));
      const direct = f32x4.splat((b * b + total) * scale);
      const opposite = f32x4.splat((a * a + total) * scale);
      const crossed = f32x4.splat(a * b * scale);
      const value = f32x4.convert_i32x4_u(
        i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(pixels + ((<usize>k) << 2)))),
      );
      const wl = f32x4.splat(leftWeight);
      const wr = f32x4.splat(rightWeight);
      const wu = f32x4.splat(upWeight);
      const wd = f32x4.splat(lowWeight);
      let f = f32x4.add(f32x4.mul(f32x4.splat(a), value), f32x4.mul(wu, v128.load(up)));
      f = f32x4.add(f, f32x4.mul(wd, v128.load(low)));
      f = f32x4.add(f, f32x4.mul(wr, v128.load(right)));
      f = f32x4.add(f, f32x4.mul(wl, v128.load(left)));
      let g = f32x4.add(f32x4.mul(f32x4.splat(b), value), f32x4.mul(wu, v128.load(up, 16)));
      g = f32x4.add(g, f32x4.mul(wd, v128.load(low, 16)));
      g = f32x4.add(g, f32x4.mul(wr, v128.load(right, 16)));
      g = f32x4.add(g, f32x4.mul(wl, v128.load(left, 16)));
      storeClamped(at, f32x4.sub(f32x4.mul(direct, f), f32x4.mul(crossed, g)));
      storeClamped(at + 16, f32x4.sub(f32x4.mul(opposite, g), f32x4.mul(crossed, f)));
    }
  }
}

/** Each of `count` members starts with the colours of its parent, whose slot (i32) is at `slots`. */
export function inheritColours(slots: usize, parents: usize, colours: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const from = parents + <usize>load<i32>(slots + ((<usize>k) << 2)) * COLOURS;
    const at = colours + <usize>k * COLOURS;
    v128.store(at, v128.load(from));
    v128.store(at + 16, v128.load(from, 16));
  }
}
