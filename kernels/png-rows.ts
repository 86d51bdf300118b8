/** Rows of a PNG of RGBA, each byte less the one above it (filter 2, "Up"), and the checksum of what is compressed. */

const UP: u8 = 2;

/**
 * One row: `rgb` (3 bytes a pixel) and `alpha` joined, less the row at `above`, which becomes this one. Writes the filter's
 * byte and 4 bytes a pixel to `out`.
 */
export function filterRow(rgb: usize, alpha: usize, above: usize, out: usize, width: i32): void {
  store<u8>(out, UP);
  for (let x = 0; x < width; x += 4) {
    const colours = v128.load(rgb + x * 3);
    const covers = v128.load32_zero(alpha + x);
    const pixels = i8x16.shuffle(colours, covers, 0, 1, 2, 16, 3, 4, 5, 17, 6, 7, 8, 18, 9, 10, 11, 19);
    const place = above + (x << 2);
    v128.store(out + 1 + (x << 2), i8x16.sub(pixels, v128.load(place)));
    v128.store(place, pixels);
  }
}

/** The prime of Adler-32, and the bytes after which its sums may not have outgrown 32 bits (RFC 1950; zlib's NMAX). */
const ADLER_BASE: u32 = 65521;
const ADLER_RUN: i32 = 5552;

/** Adler-32 of so many bytes, going on from `seed`. */
export function sumAdler(bytes: usize, length: i32, seed: u32): u32 {
  let a: u32 = seed & 0xffff;
  let b: u32 = seed >> 16;
  const high = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const low = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  let at = 0;
  while (at < length) {
    const end = min(at + ADLER_RUN, length);
    const whole = at + ((end - at) & ~15);
    let plain = i32x4.splat(0);
    let before = i32x4.splat(0);
    let weighed = i32x4.splat(0);
    b += a * (whole - at);
    for (; at < whole; at += 16) {
      const v = v128.load(bytes + at);
      before = i32x4.add(before, plain);
      plain = i32x4.add(plain, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)));
      weighed = i32x4.add(weighed, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(v), high));
      weighed = i32x4.add(weighed, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(v), low));
    }
    a += sumLanes(plain);
    b += (sumLanes(before) << 4) + sumLanes(weighed);
    for (; at < end; at++) {
      a += load<u8>(bytes + at);
      b += a;
    }
    a %= ADLER_BASE;
    b %= ADLER_BASE;
  }
  return (b << 16) | a;
}

function sumLanes(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
