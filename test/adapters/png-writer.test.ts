import { crc32, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { writePng } from '../../src/adapters/sharp-codec/png-writer.ts';
import { paintPixels } from '../helpers/picture-maker.ts';

const WIDTH = 701;
const HEIGHT = 1009;
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => ((i * i * 31) >> 3) & 255);

/** The chunks of a PNG, each held against its checksum. */
function readChunks(png: Uint8Array): { type: string; data: Buffer }[] {
  const file = Buffer.from(png);
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < file.length; ) {
    const end = at + 8 + file.readUInt32BE(at);
    expect(file.readUInt32BE(end)).toBe(crc32(file.subarray(at + 4, end)));
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, end) });
    at = end + 4;
  }
  return chunks;
}

describe.each([1, 2, 3])('with %i pieces under way', (threads) => {
  it('colour and alpha come back as they were', async () => {
    const samples = noise(WIDTH * HEIGHT * 3);
    const alpha = noise(WIDTH * HEIGHT).reverse();
    const png = await writePng({ samples, alpha, width: WIDTH, height: HEIGHT, channels: 3 }, threads);
    const { data, info } = await sharp(png, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 4 });
    const expected = Buffer.alloc(WIDTH * HEIGHT * 4);
    for (let i = 0; i < alpha.length; i++) {
      expected.set(samples.subarray(i * 3, i * 3 + 3), i * 4);
      expected[i * 4 + 3] = alpha[i] as number;
    }
    expect(data.equals(expected)).toBe(true);
  });
});

it('deflated pieces are one stream, whose checksum zlib accepts', async () => {
  const samples = noise(WIDTH * HEIGHT * 3);
  const chunks = readChunks(await writePng({ samples, width: WIDTH, height: HEIGHT, channels: 3 }, 2));
  const pieces = chunks.filter(({ type }) => type === 'IDAT');
  expect(pieces.length).toBeGreaterThan(2);
  const rows = inflateSync(Buffer.concat(pieces.map(({ data }) => data)));
  expect(rows.length).toBe((WIDTH * 3 + 1) * HEIGHT);
});

it('a picture of one pixel, and one of a single row wider than a piece, are whole', async () => {
  const dot = await writePng({ samples: Uint8Array.of(7), width: 1, height: 1, channels: 1 }, 2);
  expect([...(await sharp(dot).toColourspace('b-w').raw().toBuffer())]).toEqual([7]);
  const samples = noise(600_000);
  const wide = await writePng({ samples, width: 600_000, height: 1, channels: 1 }, 2);
  const [rows] = readChunks(wide).filter(({ type }) => type === 'IDAT');
  expect(
    inflateSync(rows?.data ?? Buffer.alloc(0))
      .subarray(1)
      .equals(samples),
  ).toBe(true);
});

it('an even area costs next to nothing', async () => {
  const samples = paintPixels(1000, 1000, 3, () => [10, 200, 30]);
  const png = await writePng({ samples, width: 1000, height: 1000, channels: 3 }, 1);
  expect(png.length).toBeLessThan(20_000);
});
