/**
 * The rows of a PNG, a band of them at a time, as they are compressed. The filter is "Up": its neighbours above are as near as
 * those to the left that "Sub" takes, and rows above are at hand sixteen bytes at a time.
 */
import { layOut } from './kernels.ts';
import type { ImageRaster } from './raster.ts';

export type RowBand = {
  /** Of each row the filter's byte, then red, green, blue and alpha of its pixels, less those above them. */
  readonly filtered: Uint8Array<ArrayBuffer>;
  /** Adler-32 of all bands so far. */
  readonly adler: number;
};

/** Of no byte at all. */
export const ADLER_START = 1;

/** Rows `first` to `end` of the picture with its matte; `adler` is that of the bands before. */
export function filterBand(
  { rgb, width }: ImageRaster,
  alpha: Uint8Array,
  [first, end]: readonly [number, number],
  adler: number,
): RowBand {
  // The row before is read again, for what lay above.
  const start = Math.max(0, first - 1);
  const stride = width * 4 + 1;
  const rows = end - start;
  const memory = layOut(rows * width * 3, rows * width, width * 4, rows * stride);
  const [colours = 0, covers = 0, above = 0, out = 0] = memory.addresses;
  memory.bytes(0).set(rgb.subarray(start * width * 3, end * width * 3));
  memory.bytes(1).set(alpha.subarray(start * width, end * width));
  memory.bytes(2).fill(0);
  for (let row = 0; row < rows; row++) {
    memory.run.filterRow(colours + row * width * 3, covers + row * width, above, out + row * stride, width);
  }
  const skipped = (first - start) * stride;
  const length = (end - first) * stride;
  const sum = memory.run.sumAdler(out + skipped, length, adler) >>> 0;
  return { filtered: memory.bytes(3).slice(skipped, skipped + length), adler: sum };
}
