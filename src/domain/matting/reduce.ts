/** Matte and picture of one size, in blocks: the grid on which areas and edges are decided. */
import type { Plane } from './raster.ts';

/** `alpha`: 0..1. `colours`: 3 floats of 0..1 a cell. */
export type ReducedSquare = {
  readonly alpha: Float32Array;
  readonly colours: Float32Array;
  readonly width: number;
  readonly height: number;
};

/** Means over blocks of whole pixels, so that no side has more than about `cells`. */
export function reduceSquare(matte: Plane, rgb: Uint8Array, cells: number): ReducedSquare {
  const factor = Math.max(1, Math.ceil(Math.max(matte.width, matte.height) / cells));
  const width = Math.ceil(matte.width / factor);
  const height = Math.ceil(matte.height / factor);
  const alpha = new Float32Array(width * height);
  const colours = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const bottom = Math.min(matte.height, (y + 1) * factor);
    for (let x = 0; x < width; x++) {
      const right = Math.min(matte.width, (x + 1) * factor);
      let a = 0;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let v = y * factor; v < bottom; v++) {
        for (let u = x * factor, i = v * matte.width + u; u < right; u++, i++) {
          const value = matte.data[i] as number;
          if (value > 0) a += Math.min(value, 1);
          r += rgb[i * 3] as number;
          g += rgb[i * 3 + 1] as number;
          b += rgb[i * 3 + 2] as number;
        }
      }
      const share = 1 / ((bottom - y * factor) * (right - x * factor));
      const at = y * width + x;
      alpha[at] = a * share;
      colours[at * 3] = (r * share) / 255;
      colours[at * 3 + 1] = (g * share) / 255;
      colours[at * 3 + 2] = (b * share) / 255;
    }
  }
  return { alpha, colours, width, height };
}
