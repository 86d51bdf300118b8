/** The matte's last steps: it gets the picture's size and its edges, and floats become bytes, rounded once. */
import type { ImageRaster, Plane } from './raster.ts';
import { createEdgePen, type EdgeLines } from './refine-edges.ts';
import { createRowResampler } from './resample.ts';

/** Clamped to 0..1 and multiplied by the source's own alpha, rounded once. What is not a number counts as 0. */
function quantiseUnder(row: Float32Array, own: Uint8Array, bytes: Uint8Array): void {
  for (let x = 0; x < row.length; x++) {
    const value = row[x] as number;
    const ceiling = own[x] as number;
    bytes[x] = value >= 1 ? ceiling : value > 0 ? (value * ceiling + 0.5) | 0 : 0;
  }
}

/**
 * Row by row: a float plane of 12 megapixels would be 48 MB, written and read by each of these steps. `shift`: how far
 * right and down of its place the model puts its matte, in pixels of the matte.
 */
export function finishAlpha(matte: Plane, image: ImageRaster, shift: number, edges?: EdgeLines): Uint8Array {
  const { width, height, alpha: own } = image;
  const resampled = createRowResampler(matte, width, height, shift);
  const drawRow = edges && createEdgePen(edges, image);
  const bytes = new Uint8Array(width * height);
  for (let y = 0, start = 0; y < height; y++, start += width) {
    resampled.make(y);
    drawRow?.(y, resampled.row);
    if (own) quantiseUnder(resampled.row, own.subarray(start, start + width), bytes.subarray(start, start + width));
    else bytes.set(resampled.quantise(), start);
  }
  return bytes;
}
