import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readImageHeader } from '../../src/domain/image-header.ts';
import { makeBmp, makeDetailedPicture, makePngBomb } from '../helpers/picture-maker.ts';

const text = (value: string) => new Uint8Array(Buffer.from(value, 'latin1'));
const padded = (value: string) => new Uint8Array(Buffer.concat([Buffer.from(value, 'latin1'), Buffer.alloc(64)]));

describe('format and size', () => {
  const picture = () => makeDetailedPicture(37, 23);
  it.each([
    ['png', () => picture().png().toBuffer()],
    ['jpeg', () => picture().jpeg().toBuffer()],
    ['jpeg', () => picture().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer()],
    ['gif', () => picture().gif().toBuffer()],
    ['webp', () => picture().webp().toBuffer()],
    ['webp', () => picture().webp({ lossless: true }).toBuffer()],
    ['webp', () => picture().withIccProfile('p3').webp().toBuffer()],
  ] as const)('reads a real %s of 37 × 23', async (format, make) => {
    expect(readImageHeader(await make())).toEqual({ format, width: 37, height: 23 });
  });

  it('reads AVIF and TIFF without their size', async () => {
    expect(readImageHeader(await picture().avif({ effort: 0 }).toBuffer())).toEqual({ format: 'avif' });
    expect(readImageHeader(await picture().tiff().toBuffer())).toEqual({ format: 'tiff' });
  });

  it('reads BMP with rows from the bottom, from the top, and with the oldest header', () => {
    const pixels = new Uint8Array(16);
    for (const [height, headerSize] of [[2, 40] as const, [-2, 124] as const, [2, 12] as const]) {
      const bmp = makeBmp({ width: 2, height, bitsPerPixel: 24, headerSize, pixels });
      expect(readImageHeader(bmp)).toEqual({ format: 'bmp', width: 2, height: 2 });
    }
  });

  it('reads the size that a bomb declares', () => {
    expect(readImageHeader(makePngBomb(50_000, 50_000, 1))).toEqual({ format: 'png', width: 50_000, height: 50_000 });
  });

  it('finds the size of a JPEG behind a long profile', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const profile = Buffer.alloc(2 + 60_000);
    const segment = Buffer.concat([Buffer.from([0xff, 0xe2]), profile]);
    segment.writeUInt16BE(profile.length, 2);
    const long = Buffer.concat([jpeg.subarray(0, 2), segment, Buffer.from([0xff, 0xff]), jpeg.subarray(2)]);
    expect(readImageHeader(long)).toEqual({ format: 'jpeg', width: 37, height: 23 });
    expect(readImageHeader(long.subarray(0, 1000))).toEqual({ format: 'jpeg' });
  });
});

describe('formats that are known and refused', () => {
  it.each([
    ['svg', text('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['svg', text('\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg>\n<svg width="1">')],
    ['svg', new Uint8Array(Buffer.from('\ufeff<svg>', 'utf16le'))],
    ['svg', text(' <x:svg xmlns:x="http://www.w3.org/2000/svg">')],
    ['pdf', text('%PDF-1.7\n')],
    ['psd', text('8BPS\0\x01')],
    ['jxl', text('\xff\x0a\x00')],
    ['jxl', text('\0\0\0\x0cJXL \r\n\x87\n')],
    ['jp2', text('\0\0\0\x0cjP  \r\n\x87\n')],
    ['ico', padded('\0\0\x01\0\x01\0')],
    ['heic', padded('\0\0\0\x18ftypheic\0\0\0\0mif1heic')],
    ['heic', padded('\0\0\0\x18ftypmif1\0\0\0\0mif1heic')],
    ['avif', padded('\0\0\0\x18ftypmif1\0\0\0\0mif1avif')],
  ])('%s', (format, bytes) => {
    expect(readImageHeader(bytes).format).toBe(format);
  });
});

describe('what is no picture', () => {
  it.each([
    ['nothing', text('')],
    ['one byte', text('\xff')],
    ['prose', text('BMW makes cars. <svg>')],
    ['HTML', text('<html><body>GIF89a</body></html>')],
    ['a film', padded('\0\0\0\x18ftypisom\0\0\0\0isommp42')],
    ['a ZIP', text('PK\x03\x04')],
    ['a sound in RIFF', padded('RIFF\0\0\0\0WAVE')],
  ])('%s is unknown', (_, bytes) => {
    expect(readImageHeader(bytes)).toEqual({ format: 'unknown' });
  });
});

describe('polyglots', () => {
  it('go by their magic, whatever else they hold', () => {
    expect(readImageHeader(text('GIF89a=1;alert(1)/*<svg>'))).toMatchObject({ format: 'gif' });
    expect(readImageHeader(text('%PDF-1.4 \xff\xd8\xff<svg>'))).toEqual({ format: 'pdf' });
  });
});

describe('hostile bytes', () => {
  it('never throw, cut or changed anywhere', async () => {
    const picture = makeDetailedPicture(9, 9);
    const files = [
      await picture.clone().jpeg().toBuffer(),
      await picture.clone().png().toBuffer(),
      await picture.clone().webp().toBuffer(),
      await picture.clone().avif({ effort: 0 }).toBuffer(),
      makeBmp({ width: 1, height: 1, bitsPerPixel: 24, pixels: new Uint8Array(4) }),
    ];
    for (const file of files) {
      for (let cut = 0; cut < Math.min(file.length, 400); cut++) {
        expect(() => readImageHeader(file.subarray(0, cut))).not.toThrow();
        const changed = Buffer.from(file);
        changed[cut] = 0xff;
        const header = readImageHeader(changed);
        if ('width' in header) expect(header.width).toBeGreaterThan(0);
      }
    }
  });

  it('end: a JPEG of nothing but fill bytes, an empty segment, a box without end', () => {
    const startedAt = performance.now();
    expect(readImageHeader(new Uint8Array(1_000_000).fill(0xff).fill(0xd8, 1, 2))).toEqual({ format: 'jpeg' });
    const empties = new Uint8Array(1_000_000);
    for (let i = 0; i < empties.length; i += 4) empties.set([0xff, i === 0 ? 0xd8 : 0xe0, i === 0 ? 0xff : 0, 0], i);
    expect(readImageHeader(empties)).toEqual({ format: 'jpeg' });
    const box = new Uint8Array(1_000_000).fill(0xff);
    box.set(text('ftypmif1'), 4);
    expect(readImageHeader(box).format).toBe('heic');
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('sharp agrees on the size of the shipped photos', async () => {
    for (const name of ['astronaut.png', 'rocket.jpg']) {
      const bytes = await import('node:fs/promises').then((fs) =>
        fs.readFile(new URL(`../photos/${name}`, import.meta.url)),
      );
      const { width, height } = await sharp(bytes).metadata();
      expect(readImageHeader(bytes)).toMatchObject({ width, height });
    }
  });
});
