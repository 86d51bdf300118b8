/**
 * PNG of 8 bits by zlib itself: rows filtered by "Up", then runs and Huffman codes alone. At 12 megapixels it takes 190 ms
 * of the processor where libvips takes 165 at level 1 without filters, for half the bytes, which are written, synced and
 * sent; and its pieces can be deflated at the same time.
 */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib';
import { bytesOfPixel, filterRows, type Pixels } from '../../domain/matting/png-rows.ts';

const deflate = promisify(deflateRaw);

/** Each is an IDAT of its own: large enough for its Huffman codes, small enough to be shared out among threads. */
const PIECE_BYTES = 1 << 19;

/** Behind the filter runs of one byte are most of what can be saved; what a piece becomes fits the chunk as a rule. */
const DEFLATION = { level: 1, strategy: constants.Z_RLE, memLevel: 9, chunkSize: PIECE_BYTES / 4 } as const;

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Deflated, with the least effort. */
const ZLIB_HEAD = Buffer.from([0x78, 0x01]);
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2, 4: 6 };

function chunk(type: string, ...parts: readonly Uint8Array[]): Uint8Array[] {
  const length = Buffer.alloc(8);
  length.writeUInt32BE(parts.reduce((sum, part) => sum + part.length, 0));
  length.write(type, 4, 'latin1');
  const check = Buffer.alloc(4);
  check.writeUInt32BE(parts.reduce((crc, part) => crc32(part, crc), crc32(length.subarray(4))));
  return [length, ...parts, check];
}

function describe(pixels: Pixels): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(pixels.width);
  header.writeUInt32BE(pixels.height, 4);
  header.set([8, COLOUR_TYPES[bytesOfPixel(pixels)] as number], 8);
  return header;
}

/** With `threads` pieces under way at once. */
export async function writePng(pixels: Pixels, threads: number): Promise<Uint8Array> {
  const { height, width } = pixels;
  const rows = Math.max(1, Math.floor(PIECE_BYTES / (width * bytesOfPixel(pixels))));
  const pieces: Uint8Array[] = [];
  let checksum = 1;
  let next = 0;
  // Rows are filtered here, in their order; with several threads what is deflated goes to those of libuv.
  const takePieces = async (): Promise<void> => {
    while (next < height) {
      const first = next;
      next = Math.min(height, first + rows);
      const { bytes, checksum: sum } = filterRows(pixels, first, next, checksum);
      checksum = sum;
      const finishFlush = next === height ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
      const options = { ...DEFLATION, finishFlush };
      // The next rows are filtered into the same memory, so what another thread reads is a copy.
      pieces[first / rows] = threads > 1 ? await deflate(bytes.slice(), options) : deflateRawSync(bytes, options);
    }
  };
  await Promise.all(Array.from({ length: threads }, takePieces));
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(checksum);
  const chunks = pieces.flatMap((piece, i) => {
    const head = i === 0 ? [ZLIB_HEAD] : [];
    return chunk('IDAT', ...head, piece, ...(i === pieces.length - 1 ? [sum] : []));
  });
  return Buffer.concat([SIGNATURE, ...chunk('IHDR', describe(pixels)), ...chunks, ...chunk('IEND')]);
}
