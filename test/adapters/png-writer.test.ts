/** PNG by bands: what comes back out of other decoders is what went in, and every checksum holds. */
import { crc32, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { writePng } from '../../src/adapters/png-writer.ts';

/** Slopes, grain and flat areas, with alpha of all kinds. */
function drawCutout(width: number, height: number) {
  const count = width * height;
  const grain = (i: number) => (Math.imul(i, 2654435761) >>> 24) % 7;
  const rgb = Uint8Array.from({ length: count * 3 }, (_, i) => (i % 5 === 0 ? 200 : ((i / 3 / width) | 0) + grain(i)));
  const alpha = Uint8Array.from({ length: count }, (_, i) => [0, 0, 255, 255, grain(i) * 36][(i >> 4) % 5] ?? 0);
  return { rgb, alpha, width, height };
}

type Chunk = { readonly name: string; readonly content: Buffer };

/** Throws where a checksum is wrong. */
function readChunks(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const content = png.subarray(at + 8, at + 8 + length);
    const name = png.toString('latin1', at + 4, at + 8);
    expect(png.readUInt32BE(at + 8 + length), name).toBe(crc32(png.subarray(at + 4, at + 8 + length)));
    chunks.push({ name, content });
    at += 12 + length;
  }
  return chunks;
}

async function writeAndRead(picture: ReturnType<typeof drawCutout>, threads: number) {
  const png = Buffer.from(await writePng(picture, picture.alpha, threads));
  const { data, info } = await sharp(png, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  return { png, data, info, chunks: readChunks(png) };
}

function joinPixels({ rgb, alpha }: ReturnType<typeof drawCutout>): Buffer {
  const pixels = Buffer.alloc(alpha.length * 4);
  for (const [i, a] of alpha.entries()) pixels.set([...rgb.subarray(i * 3, i * 3 + 3), a], i * 4);
  return pixels;
}

describe('writePng', () => {
  test.each([
    [1, 1],
    [1, 40],
    [2, 3],
    [3, 2],
    [5, 5],
    [15, 4],
    [16, 4],
    [17, 33],
    [640, 300],
  ])('writes a cutout of %i × %i pixel by pixel', async (width, height) => {
    const picture = drawCutout(width, height);
    const { data, info, chunks } = await writeAndRead(picture, 1);
    expect([info.width, info.height, info.channels]).toEqual([width, height, 4]);
    expect(data.equals(joinPixels(picture))).toBe(true);
    expect(chunks.map(({ name }) => name)).toEqual(['IHDR', 'IDAT', 'IDAT', 'IEND']);
  });

  test.each([1, 2, 5])('writes bands one after the other, whichever of %i at once is done first', async (threads) => {
    const picture = drawCutout(1500, 1000);
    const { data, chunks } = await writeAndRead(picture, threads);
    expect(data.equals(joinPixels(picture))).toBe(true);
    const stream = Buffer.concat(chunks.filter(({ name }) => name === 'IDAT').map(({ content }) => content));
    expect(chunks.length).toBeGreaterThan(6);
    // Throws where the checksum of all bands is wrong.
    expect(inflateSync(stream)).toHaveLength(1000 * (1500 * 4 + 1));
  });

  test('takes a gradient for what it is, and a photo too', async () => {
    const [width, height] = [600, 600];
    const alpha = new Uint8Array(width * height).fill(255);
    const slope = Uint8Array.from(alpha.keys(), (i) => (i / width) * 0.4);
    const down = {
      rgb: Uint8Array.from({ length: alpha.length * 3 }, (_, i) => slope[Math.floor(i / 3)] ?? 0),
      alpha,
      width,
      height,
    };
    const { data, png } = await writeAndRead(down, 2);
    expect(data.equals(joinPixels(down))).toBe(true);
    // By runs alone 50 kB.
    expect(png.length).toBeLessThan(15_000);
  });

  test('writes the longest row that a picture may have', async () => {
    const picture = drawCutout(70_000, 2);
    const { data } = await writeAndRead(picture, 2);
    expect(data.equals(joinPixels(picture))).toBe(true);
  });

  test('gives the same bytes whatever the number of threads', async () => {
    const picture = drawCutout(1200, 900);
    const [one, four] = [await writePng(picture, picture.alpha, 1), await writePng(picture, picture.alpha, 4)];
    expect(Buffer.from(one).equals(four)).toBe(true);
  });
});
