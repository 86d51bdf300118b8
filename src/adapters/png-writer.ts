/**
 * Cutouts as PNG, by bands of rows that are compressed beside each other. libvips has one thread for a file, and of what
 * it offers its fastest way gives files half as large again: docs/matting.md has the table.
 */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib';
import { ADLER_START, filterBand } from '../domain/matting/png-rows.ts';
import type { ImageRaster } from '../domain/matting/raster.ts';

const deflate = promisify(deflateRaw);

/** Large enough that a band's own Huffman codes do not count, small enough that few megabytes are under way. */
const BAND_BYTES = 1 << 20;

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** zlib's two bytes before a stream: deflate in a window of 32 KiB, at its fastest level. */
const ZLIB_HEAD = Uint8Array.of(0x78, 0x01);
/** 8 bits of red, green, blue and alpha; deflate, the five filters, not interlaced. */
const RGBA_8 = Uint8Array.of(8, 6, 0, 0, 0);

function bigEndian(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4);
  return bytes;
}

/** Its length, its name, its content and the checksum of both. */
function createChunk(name: string, ...content: readonly Uint8Array[]): Uint8Array[] {
  const type = Buffer.from(name, 'latin1');
  const length = content.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const checksum = content.reduce((sum, bytes) => crc32(bytes, sum), crc32(type));
  return [bigEndian(length), type, ...content, bigEndian(checksum)];
}

const [RUNS, MATCHES] = [constants.Z_RLE, constants.Z_DEFAULT_STRATEGY];
const SAMPLE_BYTES = 1 << 16;
const MATCHES_PAY = 0.85;

/**
 * Of a photo, whose rows above are taken away already, runs alone (zlib's RLE) are as small as whatever a search finds, in .8
 * of the time. Graphics are not: a gradient down a megapixel takes 280 kB by runs and 21 by matches.
 */
function chooseStrategy(image: ImageRaster, alpha: Uint8Array): number {
  const rows = Math.min(image.height, Math.ceil(SAMPLE_BYTES / (image.width * 4 + 1)));
  const first = (image.height - rows) >> 1;
  const { filtered } = filterBand(image, alpha, [first, first + rows], ADLER_START);
  const sizeOf = (strategy: number) => deflateRawSync(filtered, { level: 1, strategy }).byteLength;
  return sizeOf(MATCHES) < MATCHES_PAY * sizeOf(RUNS) ? MATCHES : RUNS;
}

const compress = (filtered: Uint8Array, strategy: number, isLast: boolean): Promise<Buffer> =>
  deflate(filtered, {
    level: 1,
    strategy,
    memLevel: 9,
    // A band ends on a whole byte, so that the next one may follow.
    finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    // Of one piece: pieces wait for each other.
    chunkSize: filtered.byteLength + 1024,
  });

/** RGBA of 8 bits, at least one pixel; `threads` bands at once. The picture must not change meanwhile. */
export async function writePng(image: ImageRaster, alpha: Uint8Array, threads: number): Promise<Uint8Array> {
  const { width, height } = image;
  const rows = Math.max(1, Math.floor(BAND_BYTES / (width * 4 + 1)));
  const bands = new Array<Uint8Array>(Math.ceil(height / rows));
  const strategy = chooseStrategy(image, alpha);
  let adler = ADLER_START;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < bands.length) {
      const index = next++;
      const first = index * rows;
      const band = filterBand(image, alpha, [first, Math.min(height, first + rows)], adler);
      adler = band.adler;
      bands[index] = await compress(band.filtered, strategy, index === bands.length - 1);
    }
  };
  const stop = (error: unknown): never => {
    next = bands.length;
    throw error;
  };
  await Promise.all(Array.from({ length: Math.max(1, threads) }, () => lane().catch(stop)));
  const pieces = bands.flatMap((band, i) => createChunk('IDAT', ...(i === 0 ? [ZLIB_HEAD, band] : [band])));
  return Buffer.concat([
    SIGNATURE,
    ...createChunk('IHDR', bigEndian(width, height), RGBA_8),
    ...pieces,
    ...createChunk('IDAT', bigEndian(adler)),
    ...createChunk('IEND'),
  ]);
}
