/** What becomes of pixels before a PNG deflates them. */

/** Colour and alpha, put together: RGBA. */
export function packRgba(rgb: usize, alpha: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const colours = v128.load(rgb + i * 3);
    const covers = v128.load32_splat(alpha + i);
    v128.store(out + (i << 2), i8x16.shuffle(colours, covers, 0, 1, 2, 16, 3, 4, 5, 17, 6, 7, 8, 18, 9, 10, 11, 19));
  }
}

/** Each byte less the one above it: the filter "Up". */
export function subtractRows(row: usize, above: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i += 16) v128.store(out + i, i8x16.sub(v128.load(row + i), v128.load(above + i)));
}

const BASE: u32 = 65521;
/** Bytes whose sums still fit 32 bits, in whole vectors. */
const MOST: i32 = 5536;

function total(lanes: v128): u32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}

/** The checksum of RFC 1950 over `start`, that of what came before; 1 at the beginning. */
export function adler32(bytes: usize, length: i32, start: u32): u32 {
  const first = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const second = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  let a = start & 0xffff;
  let b = start >> 16;
  let i = 0;
  while (i + 16 <= length) {
    const end = i + min(MOST, (length - i) & ~15);
    b += a * <u32>(end - i);
    let sums = i32x4.splat(0);
    let earlier = i32x4.splat(0);
    let weighed = i32x4.splat(0);
    for (; i < end; i += 16) {
      const v = v128.load(bytes + i);
      earlier = i32x4.add(earlier, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)));
      weighed = i32x4.add(weighed, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(v), first));
      weighed = i32x4.add(weighed, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(v), second));
    }
    a = (a + total(sums)) % BASE;
    b = (b + (total(earlier) << 4) + total(weighed)) % BASE;
  }
  for (; i < length; i++) {
    a = (a + load<u8>(bytes + i)) % BASE;
    b = (b + a) % BASE;
  }
  return (b << 16) | a;
}
