/**
 * The rows of a PNG as they are before deflation (ISO/IEC 15948:2004, 9): each byte less the one above it, the filter "Up".
 * Of the five filters it costs least, and it leaves zeros wherever a picture does not change downwards.
 */
import type { Size } from './cutout.ts';
import { layOut } from './kernels.ts';

export type Pixels = Size & {
  readonly samples: Uint8Array;
  readonly channels: 1 | 3;
  /** Of a picture in colour: the fourth channel. */
  readonly alpha?: Uint8Array | undefined;
};

const UP = 2;

export const bytesOfPixel = ({ channels, alpha }: Pixels): number => (alpha ? 4 : channels);

export type FilteredRows = { readonly bytes: Uint8Array<ArrayBuffer>; readonly checksum: number };

/**
 * Rows `first` to `end`, in the kernels' memory until that is laid out anew, with the checksum of all up to there.
 * `checksum`: that of the rows before, 1 where there are none.
 */
export function filterRows(pixels: Pixels, first: number, end: number, checksum: number): FilteredRows {
  const { samples, alpha, channels, width } = pixels;
  const rowBytes = width * bytesOfPixel(pixels);
  const count = end - first;
  // The row above the first too, which is all zeros at the top.
  const from = Math.max(0, first - 1);
  const lead = first - from;
  const memory = layOut(
    (end - from) * width * channels,
    alpha ? (end - from) * width : 0,
    rowBytes,
    rowBytes,
    count * (rowBytes + 1),
  );
  const [colours = 0, covers = 0, even = 0, odd = 0, out = 0] = memory.addresses;
  memory.bytes(0).set(samples.subarray(from * width * channels, end * width * channels));
  if (alpha) memory.bytes(1).set(alpha.subarray(from * width, end * width));
  memory.bytes(3).fill(0);
  const { run } = memory;
  const rowAt = (y: number): number => {
    const colour = colours + (y - from) * width * channels;
    if (!alpha) return colour;
    const row = y % 2 === 0 ? even : odd;
    run.packRgba(colour, covers + (y - from) * width, row, width);
    return row;
  };
  let above = odd;
  if (lead > 0) above = rowAt(from);
  const filtered = memory.bytes(4);
  for (let y = first; y < end; y++) {
    const target = (y - first) * (rowBytes + 1);
    const row = rowAt(y);
    run.subtractRows(row, above, out + target + 1, rowBytes);
    filtered[target] = UP;
    above = row;
  }
  return { bytes: filtered, checksum: run.adler32(out, filtered.length, checksum) >>> 0 };
}
