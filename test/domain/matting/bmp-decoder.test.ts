import { describe, expect, it } from 'vitest';
import { decodeBmp } from '../../../src/domain/matting/bmp-decoder.ts';
import { makeBmp, type Rgb } from '../../helpers/picture-maker.ts';

const LIMITS = { maxPixels: 1_000_000 };
const PALETTE: readonly Rgb[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [10, 20, 30],
];
const bytes = (...values: number[]) => new Uint8Array(values);
const colours = (...indices: number[]) => bytes(...indices.flatMap((i) => PALETTE[i] ?? []));
const code = (file: Uint8Array, limits = LIMITS) => {
  try {
    decodeBmp(file, limits);
    return 'decoded';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe('pixels of a BMP', () => {
  it('1 bit', () => {
    const bmp = makeBmp({
      width: 10,
      height: 2,
      bitsPerPixel: 1,
      palette: PALETTE.slice(0, 2),
      pixels: bytes(0b11111111, 0b11000000, 0, 0, 0b01010101, 0b01000000, 0, 0),
    });
    expect(decodeBmp(bmp, LIMITS).rgb).toEqual(colours(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
  });
  it('4 bits, with an odd width', () => {
    const pixels = bytes(0x12, 0x30, 0, 0, 0x01, 0x20, 0, 0);
    const bmp = makeBmp({ width: 3, height: 2, bitsPerPixel: 4, palette: PALETTE, pixels });
    expect(decodeBmp(bmp, LIMITS).rgb).toEqual(colours(0, 1, 2, 1, 2, 3));
  });
  it('8 bits, with a gap before the pixels, and an index beyond the palette as black', () => {
    const pixels = bytes(3, 2, 1, 0, 200, 0, 0, 0);
    const bmp = makeBmp({ width: 5, height: 1, bitsPerPixel: 8, palette: PALETTE, gap: 6, pixels });
    expect(decodeBmp(bmp, LIMITS).rgb).toEqual(bytes(...colours(3, 2, 1, 0), 0, 0, 0));
  });
  it('8 bits with the oldest header, whose palette has three bytes an entry', () => {
    const palette = Array.from({ length: 256 }, (_, i): Rgb => PALETTE[i] ?? [0, 0, 0]);
    const pixels = bytes(1, 2, 0, 0);
    const bmp = makeBmp({ width: 2, height: 1, bitsPerPixel: 8, headerSize: 12, palette, pixels });
    expect(decodeBmp(bmp, LIMITS).rgb).toEqual(colours(1, 2));
  });
  it('16 bits: 5-5-5 by default, 5-6-5 by its masks', () => {
    const plain = makeBmp({ width: 2, height: 1, bitsPerPixel: 16, pixels: bytes(0x00, 0x7c, 0xe0, 0x03) });
    expect(decodeBmp(plain, LIMITS).rgb).toEqual(bytes(255, 0, 0, 0, 255, 0));
    const masks = [0xf800, 0x07e0, 0x001f];
    const masked = makeBmp({
      width: 2,
      height: 1,
      bitsPerPixel: 16,
      compression: 3,
      masks,
      pixels: bytes(0x00, 0xf8, 0x10, 0x84),
    });
    expect(decodeBmp(masked, LIMITS).rgb).toEqual(bytes(255, 0, 0, 132, 130, 132));
  });
  it('24 bits, from the bottom and from the top, without the last padding', () => {
    const pixels = bytes(3, 2, 1, 0, 6, 5, 4);
    const bottomUp = makeBmp({ width: 1, height: 2, bitsPerPixel: 24, pixels });
    expect(decodeBmp(bottomUp, LIMITS)).toEqual({ rgb: bytes(4, 5, 6, 1, 2, 3), width: 1, height: 2 });
    const topDown = makeBmp({ width: 1, height: -2, bitsPerPixel: 24, pixels });
    expect(decodeBmp(topDown, LIMITS).rgb).toEqual(bytes(1, 2, 3, 4, 5, 6));
  });
  it('32 bits: the fourth byte is alpha only where a mask says so', () => {
    const pixels = bytes(3, 2, 1, 77, 6, 5, 4, 200);
    const plain = makeBmp({ width: 2, height: 1, bitsPerPixel: 32, pixels });
    expect(decodeBmp(plain, LIMITS)).toEqual({ rgb: bytes(1, 2, 3, 4, 5, 6), width: 2, height: 1 });
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const spec = { width: 2, height: 1, bitsPerPixel: 32, headerSize: 124, compression: 3, masks, pixels } as const;
    expect(decodeBmp(makeBmp(spec), LIMITS).alpha).toEqual(bytes(77, 200));
    const empty = makeBmp({ ...spec, pixels: bytes(3, 2, 1, 0, 6, 5, 4, 0) });
    expect(decodeBmp(empty, LIMITS).alpha).toBeUndefined();
  });
  it('RLE8: runs, literal runs with their filler byte, a jump, ends of line', () => {
    const pixels = bytes(3, 1, 0, 0, 0, 3, 2, 3, 2, 0, 0, 0, 0, 2, 2, 0, 1, 1, 0, 1);
    const bmp = makeBmp({ width: 3, height: 3, bitsPerPixel: 8, compression: 1, palette: PALETTE, pixels });
    expect(decodeBmp(bmp, LIMITS).rgb).toEqual(colours(0, 0, 1, 2, 3, 2, 1, 1, 1));
  });
  it('RLE4: runs of two colours in turn, literal runs', () => {
    const pixels = bytes(5, 0x12, 0, 0, 0, 5, 0x12, 0x30, 0x10, 0, 0, 1);
    const bmp = makeBmp({ width: 5, height: 2, bitsPerPixel: 4, compression: 2, palette: PALETTE, pixels });
    expect(decodeBmp(bmp, LIMITS).rgb).toEqual(colours(1, 2, 3, 0, 1, 1, 2, 1, 2, 1));
  });
});

describe('a BMP that is refused', () => {
  const good = makeBmp({ width: 5, height: 4, bitsPerPixel: 24, pixels: new Uint8Array(64) });

  it('when it is cut anywhere before its last pixel', () => {
    expect(code(good)).toBe('decoded');
    expect(code(good.subarray(0, good.length - 1))).toBe('decoded');
    for (let cut = 18; cut < good.length - 1; cut++) expect(code(good.subarray(0, cut))).toBe('invalid_image');
  });
  it('when run lengths stop before the end', () => {
    const bmp = makeBmp({
      width: 3,
      height: 3,
      bitsPerPixel: 8,
      compression: 1,
      palette: PALETTE,
      pixels: bytes(3, 1),
    });
    expect(code(bmp)).toBe('invalid_image');
  });
  it('by the declared size, before anything is allocated', () => {
    for (const [width, height] of [
      [0x7fffffff, 0x7fffffff],
      [50_000, -50_000],
      [1001, 1000],
    ] as const) {
      expect(code(makeBmp({ width, height, bitsPerPixel: 24, pixels: bytes() }))).toBe('too_many_pixels');
      expect(code(makeBmp({ width, height, bitsPerPixel: 8, compression: 1, pixels: bytes() }))).toBe(
        'too_many_pixels',
      );
    }
  });
  it('when its size is zero or negative', () => {
    expect(code(makeBmp({ width: 0, height: 1, bitsPerPixel: 24, pixels: bytes() }))).toBe('invalid_image');
    expect(code(makeBmp({ width: -3, height: 1, bitsPerPixel: 24, pixels: bytes() }))).toBe('invalid_image');
  });
  it('as unsupported when it wraps a JPEG', () => {
    expect(code(makeBmp({ width: 1, height: 1, bitsPerPixel: 24, compression: 4, pixels: bytes() }))).toBe(
      'unsupported_format',
    );
  });
  it('with a refusal, never a surprise, whatever byte is changed', () => {
    const rle = makeBmp({
      width: 5,
      height: 3,
      bitsPerPixel: 4,
      compression: 2,
      palette: PALETTE,
      pixels: bytes(5, 0x12, 0, 0, 0, 5, 0x12, 0x30, 0x10, 0, 0, 1),
    });
    for (const file of [good, rle]) {
      for (let at = 18; at < file.length; at++) {
        for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
          const changed = Buffer.from(file);
          changed[at] = value;
          expect(['decoded', 'invalid_image', 'too_many_pixels', 'unsupported_format']).toContain(code(changed));
        }
      }
    }
  });
});
