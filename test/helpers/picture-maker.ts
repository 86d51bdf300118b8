/** Small pictures made for the tests, in every format that the codec meets. */
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

export type Rgb = readonly [number, number, number];

/** Interleaved pixels from a function of the position. */
export function paintPixels(
  width: number,
  height: number,
  channels: number,
  colourAt: (x: number, y: number) => readonly number[],
): Uint8Array {
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.set(colourAt(x, y).slice(0, channels), (y * width + x) * channels);
  }
  return pixels;
}

export function fromPixels(pixels: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 2 | 3 | 4) {
  return sharp(pixels, { raw: { width, height, channels } });
}

/** A picture with enough detail that no run of its bytes is idle. */
export function makeDetailedPicture(width: number, height: number) {
  let seed = 1;
  const next = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed >> 16;
  };
  const pixels = paintPixels(width, height, 3, (x, y) => [(x * 3 + (next() % 40)) & 255, (y * 5) & 255, next() & 255]);
  return fromPixels(pixels, width, height, 3);
}

function makePngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** A well-formed PNG of 1-bit grey with all pixels present: 50,000 × 50,000 is 312 MB of zeros in some 300 kB. */
export function makePngBomb(width: number, height: number, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc(rows * (1 + Math.ceil(width / 8))), { level: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [makePngChunk('IHDR', header), makePngChunk('IDAT', data), makePngChunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]);
}

export type BmpSpec = {
  readonly width: number;
  /** Negative: rows from the top. */
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly compression?: number;
  readonly headerSize?: 12 | 40 | 108 | 124;
  readonly masks?: readonly number[];
  readonly palette?: readonly Rgb[];
  /** Rows as stored, padding included. */
  readonly pixels: Uint8Array;
  /** Bytes between palette and pixels. */
  readonly gap?: number;
};

export function makeBmp(spec: BmpSpec): Buffer {
  const { headerSize = 40, palette = [], masks = [], gap = 0 } = spec;
  const entryBytes = headerSize === 12 ? 3 : 4;
  const header = Buffer.alloc(14 + headerSize + (headerSize === 40 ? masks.length * 4 : 0));
  const colours = Buffer.from(palette.flatMap(([r, g, b]) => (entryBytes === 3 ? [b, g, r] : [b, g, r, 0])));
  const pixelStart = header.length + colours.length + gap;
  header.write('BM', 'latin1');
  header.writeUInt32LE(pixelStart + spec.pixels.length, 2);
  header.writeUInt32LE(pixelStart, 10);
  header.writeUInt32LE(headerSize, 14);
  if (headerSize === 12) {
    header.writeUInt16LE(spec.width, 18);
    header.writeUInt16LE(spec.height, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt16LE(spec.bitsPerPixel, 24);
  } else {
    header.writeInt32LE(spec.width, 18);
    header.writeInt32LE(spec.height, 22);
    header.writeUInt16LE(1, 26);
    header.writeUInt16LE(spec.bitsPerPixel, 28);
    header.writeUInt32LE(spec.compression ?? 0, 30);
    header.writeUInt32LE(palette.length, 46);
    for (const [i, mask] of masks.entries()) header.writeUInt32LE(mask, 54 + i * 4);
  }
  return Buffer.concat([header, colours, Buffer.alloc(gap), spec.pixels]);
}
