/** The matte's last steps: it gets the picture's size and its edges, and floats become bytes, rounded once. */
import type { ImageRaster, Plane } from './raster.ts';
import { createEdgePen, type EdgeLines } from './refine-edges.ts';
import { createRowResampler } from './resample.ts';

/** From `start` on: clamped to 0..1 and multiplied by the source's own alpha. What is not a number counts as 0. */
function quantiseRow(row: Float32Array, bytes: Uint8Array, start: number, own: Uint8Array | undefined): void {
  for (let x = 0, i = start; x < row.length; x++, i++) {
    const value = row[x] as number;
    const ceiling = own ? (own[i] as number) : 255;
    bytes[i] = value >= 1 ? ceiling : value > 0 ? (value * ceiling + 0.5) | 0 : 0;
  }
}

/** Row by row: a float plane of 12 megapixels would be 48 MB, written and read by each of these steps. */
export function finishAlpha(matte: Plane, image: ImageRaster, edges?: EdgeLines): Uint8Array {
  const { width, height } = image;
  const resampleRow = createRowResampler(matte, width, height);
  const drawRow = edges && createEdgePen(edges, image);
  const row = new Float32Array(width);
  const bytes = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    resampleRow(y, row);
    drawRow?.(y, row);
    quantiseRow(row, bytes, y * width, image.alpha);
  }
  return bytes;
}
