/** The matte's last steps: it gets the picture's size and its edges, and floats become bytes, rounded once. */
import type { ImageRaster, Plane } from './raster.ts';
import { createEdgePen, type EdgeLines } from './refine-edges.ts';
import { createRowResampler, type RowResampler } from './resample.ts';

/** Clamped to 0..1 and multiplied by the source's own alpha, rounded once. What is not a number counts as 0. */
function quantiseUnder(row: Float32Array, own: Uint8Array, bytes: Uint8Array): void {
  for (let x = 0; x < row.length; x++) {
    const value = row[x] as number;
    const ceiling = own[x] as number;
    bytes[x] = value >= 1 ? ceiling : value > 0 ? (value * ceiling + 0.5) | 0 : 0;
  }
}

/** One row of alpha in the picture's size, its edges drawn; `start`: its first pixel. */
type RowTaker = (resampled: RowResampler, start: number) => void;

/**
 * Row by row: a float plane of 12 megapixels would be 48 MB, written and read by each of these steps. `shift`: how far
 * right and down of its place the model puts its matte, in pixels of the matte.
 */
function finishRows(
  matte: Plane,
  image: ImageRaster,
  shift: number,
  edges: EdgeLines | undefined,
  take: RowTaker,
): void {
  const { width, height } = image;
  const resampled = createRowResampler(matte, width, height, shift);
  const drawRow = edges && createEdgePen(edges, image);
  for (let y = 0; y < height; y++) {
    resampled.make(y);
    drawRow?.(y, resampled.row);
    take(resampled, y * width);
  }
}

export function finishAlpha(matte: Plane, image: ImageRaster, shift: number, edges?: EdgeLines): Uint8Array {
  const { width, height, alpha: own } = image;
  const bytes = new Uint8Array(width * height);
  finishRows(matte, image, shift, edges, (resampled, start) => {
    if (own) quantiseUnder(resampled.row, own.subarray(start, start + width), bytes.subarray(start, start + width));
    else bytes.set(resampled.quantise(), start);
  });
  return bytes;
}

/** The same in 16 bits, from the floats: nothing passes through bytes. */
export function finishDeepAlpha(matte: Plane, image: ImageRaster, shift: number, edges?: EdgeLines): Uint16Array {
  const { width, height, alpha: own } = image;
  const deep = new Uint16Array(width * height);
  finishRows(matte, image, shift, edges, ({ row }, start) => {
    for (let x = 0, i = start; x < width; x++, i++) {
      const value = row[x] as number;
      const ceiling = own ? (own[i] as number) * DEEP_STEP : DEEP_FULL;
      deep[i] = value >= 1 ? ceiling : value > 0 ? value * ceiling + 0.5 : 0;
    }
  });
  return deep;
}

const DEEP_FULL = 65_535;
/** Of 16 bits in one of 8. */
const DEEP_STEP = 257;

/** Each rounded once. */
export function toBytes(deep: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(deep.length);
  for (let i = 0; i < deep.length; i++) bytes[i] = (deep[i] as number) / DEEP_STEP + 0.5;
  return bytes;
}
