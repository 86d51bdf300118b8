import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { createSharpCodec } from '../../src/adapters/sharp-codec.ts';
import { usePictureFolder } from '../helpers/picture-folder.ts';
import { fromPixels, makeBmp, makeDetailedPicture, paintPixels } from '../helpers/picture-maker.ts';

const codec = createSharpCodec({ threads: 1 });
const folder = usePictureFolder();
const decode = async (bytes: Uint8Array) => codec.decode(await folder.write(bytes), { maxPixels: 1_000_000 });
const raw = async (bytes: Uint8Array) => sharp(bytes).raw().toBuffer({ resolveWithObject: true });
const uniform = (channels: 3 | 4, background: { r: number; g: number; b: number; alpha?: number }) =>
  sharp({ create: { width: 8, height: 8, channels, background } });

/** sharp has this since 0.35, and its types do not. */
const attachGainMap = (picture: Sharp): Sharp => (picture as Sharp & { withGainMap(): Sharp }).withGainMap();

describe('orientation', () => {
  // Each pixel of the stored 3 × 2 picture has its own grey; TIFF 6.0 says where each belongs.
  const STORED = [10, 20, 30, 40, 50, 60];
  it.each([
    [1, 3, [10, 20, 30, 40, 50, 60]],
    [2, 3, [30, 20, 10, 60, 50, 40]],
    [3, 3, [60, 50, 40, 30, 20, 10]],
    [4, 3, [40, 50, 60, 10, 20, 30]],
    [5, 2, [10, 40, 20, 50, 30, 60]],
    [6, 2, [40, 10, 50, 20, 60, 30]],
    [7, 2, [60, 30, 50, 20, 40, 10]],
    [8, 2, [30, 60, 20, 50, 10, 40]],
  ])('%i is applied, pixel by pixel', async (orientation, width, expected) => {
    const pixels = new Uint8Array(STORED.flatMap((p) => [p, p, p]));
    const png = await fromPixels(pixels, 3, 2, 3).withMetadata({ orientation }).png().toBuffer();
    const image = await decode(png);
    expect([image.width, image.height]).toEqual([width, 6 / width]);
    expect([...image.rgb].filter((_, i) => i % 3 === 0)).toEqual(expected);
  });
});

describe('colour', () => {
  it('grey becomes three equal channels', async () => {
    const png = await fromPixels(new Uint8Array([10, 200]), 2, 1, 1)
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect(await decode(png)).toMatchObject({ width: 2, height: 1, rgb: Buffer.from([10, 10, 10, 200, 200, 200]) });
  });

  it('16 bits become 8, from PNG, grey PNG and TIFF', async () => {
    const deep = new Uint16Array([0x8000, 0xffff, 257 * 100, 257 * 5, 0, 257 * 6]);
    const rgb16 = () => fromPixels(deep, 2, 1, 3).toColourspace('rgb16');
    const expected = Buffer.from([128, 255, 100, 5, 0, 6]);
    for (const file of [await rgb16().png().toBuffer(), await rgb16().tiff({ compression: 'lzw' }).toBuffer()]) {
      expect((await sharp(file).metadata()).depth).toBe('ushort');
      expect((await decode(file)).rgb).toEqual(expected);
    }
    const grey16 = await fromPixels(new Uint16Array([0x8000, 0xffff]), 2, 1, 1)
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await decode(grey16)).rgb).toEqual(Buffer.from([128, 128, 128, 255, 255, 255]));
  });

  it('a Display P3 picture is converted to sRGB', async () => {
    const p3 = await uniform(3, { r: 200, g: 60, b: 30 }).withIccProfile('p3').png().toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    // The same red needs less of the wider gamut: had the profile been ignored, this would come out.
    expect(stored[0]).toBeLessThan(190);
    const { rgb } = await decode(p3);
    for (const [i, value] of [200, 60, 30].entries()) expect(Math.abs((rgb[i] ?? 0) - value)).toBeLessThanOrEqual(1);
  });

  it('a CMYK JPEG comes out in its colours', async () => {
    const cmyk = await uniform(3, { r: 180, g: 90, b: 60 }).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const { rgb } = await decode(cmyk);
    expect(rgb).toHaveLength(8 * 8 * 3);
    // Ink reaches fewer colours than light; inverted or unconverted ink would be off by 60 and more.
    for (const [i, value] of [180, 90, 60].entries()) expect(Math.abs((rgb[i] ?? 0) - value)).toBeLessThan(20);
  });
});

describe('alpha of the source', () => {
  const pixels = new Uint8Array([1, 2, 3, 0, 4, 5, 6, 128, 7, 8, 9, 255]);
  it('is a plane apart, and the colours beside it are as stored', async () => {
    const image = await decode(await fromPixels(pixels, 3, 1, 4).png().toBuffer());
    expect(image.rgb).toEqual(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(image.alpha).toEqual(new Uint8Array([0, 128, 255]));
  });
  it('is absent where every pixel is opaque', async () => {
    const image = await decode(await uniform(4, { r: 1, g: 2, b: 3, alpha: 1 }).png().toBuffer());
    expect(image.alpha).toBeUndefined();
  });
  it('of a grey picture and of a palette is kept', async () => {
    const greyAlpha = await fromPixels(new Uint8Array([10, 255, 200, 100]), 2, 1, 2)
      .png()
      .toBuffer();
    expect((await decode(greyAlpha)).alpha).toEqual(new Uint8Array([255, 100]));
    const palette = await uniform(4, { r: 200, g: 30, b: 30, alpha: 0.5 }).png({ palette: true }).toBuffer();
    expect((await decode(palette)).alpha?.[0]).toBe(128);
  });
});

describe('every format that is accepted', () => {
  const FORMATS: Record<string, (picture: Sharp) => Sharp> = {
    jpeg: (p) => p.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
    png: (p) => p.png(),
    webp: (p) => p.webp({ lossless: true }),
    gif: (p) => p.gif(),
    tiff: (p) => p.tiff({ compression: 'lzw' }),
    avif: (p) => p.avif({ lossless: true }),
  };
  it.each(Object.keys(FORMATS))('%s, whatever the file is called', async (name) => {
    const bytes = await FORMATS[name]?.(uniform(3, { r: 200, g: 100, b: 50 })).toBuffer();
    const image = await decode(bytes ?? Buffer.alloc(0));
    expect([image.width, image.height, image.alpha]).toEqual([8, 8, undefined]);
    for (const [i, value] of [200, 100, 50].entries()) {
      expect(Math.abs((image.rgb[i] ?? 0) - value)).toBeLessThanOrEqual(3);
    }
  });
  it('an Ultra HDR JPEG as the plain JPEG that it also is, though its own loader is off', async () => {
    const hdr = await attachGainMap(uniform(3, { r: 200, g: 100, b: 50 }))
      .jpeg()
      .toBuffer();
    expect(hdr.includes('urn:iso:std:iso:ts:21496')).toBe(true);
    expect(await decode(hdr)).toMatchObject({ width: 8, height: 8 });
  });
  it('bmp', async () => {
    const bmp = makeBmp({ width: 1, height: 1, bitsPerPixel: 24, pixels: new Uint8Array([3, 2, 1, 0]) });
    expect(await decode(bmp)).toEqual({ rgb: new Uint8Array([1, 2, 3]), width: 1, height: 1 });
  });
  it.each(['gif', 'webp', 'tiff'] as const)('the first of two pages of a %s', async (format) => {
    const pages = [uniform(3, { r: 255, g: 0, b: 0 }), uniform(3, { r: 0, g: 0, b: 255 })];
    const inputs = await Promise.all(pages.map((page) => page.png().toBuffer()));
    const joined = sharp(inputs, { join: { animated: true } });
    const bytes = await (format === 'webp'
      ? joined.webp({ lossless: true })
      : format === 'gif'
        ? joined.gif()
        : joined.tiff({ compression: 'lzw' })
    ).toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const image = await decode(bytes);
    expect([image.width, image.height, ...image.rgb.subarray(0, 3)]).toEqual([8, 8, 255, 0, 0]);
  });
});

describe('resizeToSquare', () => {
  it('squashes the whole picture, without cutting it', async () => {
    const rgb = paintPixels(300, 100, 3, (x) => (x < 150 ? [250, 10, 10] : [10, 10, 250]));
    const square = await codec.resizeToSquare({ rgb, width: 300, height: 100 }, 64);
    expect(square).toHaveLength(64 * 64 * 3);
    expect([...square.subarray(0, 3)]).toEqual([250, 10, 10]);
    expect([...square.subarray(-3)]).toEqual([10, 10, 250]);
  });
  it.each([
    [1, 1],
    [1, 5000],
    [5000, 1],
  ])('takes %i × %i', async (width, height) => {
    const rgb = new Uint8Array(width * height * 3).fill(90);
    const square = await codec.resizeToSquare({ rgb, width, height }, 32);
    expect(new Set(square)).toEqual(new Set([90]));
  });
});

describe('encode', () => {
  const rgb = new Uint8Array([0, 0, 0, 200, 100, 50, 10, 20, 30, 1, 2, 3]);
  it('PNG is exact, with real alpha and no palette', async () => {
    // A view into something larger, as alpha may be.
    const alpha = new Uint8Array([9, 0, 128, 255, 1]).subarray(1);
    const png = await codec.encode(rgb, { width: 2, height: 2, channels: 3, alpha }, 'png');
    // Colour type 6: RGBA.
    expect(png[25]).toBe(6);
    const rgba = [0, 0, 0, 0, 200, 100, 50, 128, 10, 20, 30, 255, 1, 2, 3, 1];
    expect([...(await raw(png)).data]).toEqual(rgba);
  });
  it('a mask is a grey picture of 8 bits', async () => {
    const png = await codec.encode(new Uint8Array([0, 1, 128, 255]), { width: 2, height: 2, channels: 1 }, 'png');
    expect([png[24], png[25]]).toEqual([8, 0]);
    expect((await sharp(png).toColourspace('b-w').raw().toBuffer()).equals(Buffer.from([0, 1, 128, 255]))).toBe(true);
    const jpg = await codec.encode(new Uint8Array(64).fill(77), { width: 8, height: 8, channels: 1 }, 'jpg');
    expect((await sharp(jpg).metadata()).channels).toBe(1);
    for (const format of ['webp', 'avif'] as const) {
      const file = await codec.encode(new Uint8Array(64).fill(77), { width: 8, height: 8, channels: 1 }, format);
      expect(Math.abs(((await raw(file)).data[0] ?? 0) - 77)).toBeLessThanOrEqual(2);
    }
  });
  it.each(['webp', 'avif'] as const)('%s keeps the alpha near to what it was', async (format) => {
    const pixels = paintPixels(64, 64, 3, () => [200, 100, 50]);
    const alpha = paintPixels(64, 64, 1, (x) => [x * 4]);
    const file = await codec.encode(pixels, { width: 64, height: 64, channels: 3, alpha }, format);
    const { data, info } = await raw(file);
    expect([info.width, info.height, info.channels]).toEqual([64, 64, 4]);
    for (let i = 3; i < data.length; i += 4) {
      expect(Math.abs((data[i] ?? 0) - (alpha[i >> 2] ?? 0))).toBeLessThanOrEqual(format === 'webp' ? 0 : 6);
    }
  });
  it('JPEG keeps the colour at full resolution', async () => {
    const { data, info } = await makeDetailedPicture(16, 16).raw().toBuffer({ resolveWithObject: true });
    const jpg = await codec.encode(data, { width: info.width, height: info.height, channels: 3 }, 'jpg');
    expect(await sharp(jpg).metadata()).toMatchObject({ format: 'jpeg', chromaSubsampling: '4:4:4' });
  });
});
