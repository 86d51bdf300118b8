/** Two mattes of the same picture, one of them seen in a mirror: what both say is surer than what one says. */
import type { Plane } from './raster.ts';

/** RGB bytes, each row back to front. */
export function mirrorRgb(rgb: Uint8Array, width: number): Uint8Array {
  const mirrored = new Uint8Array(rgb.length);
  for (let row = 0; row < rgb.length; row += width * 3) {
    for (let x = 0; x < width; x++) {
      const to = row + x * 3;
      const from = row + (width - 1 - x) * 3;
      for (let c = 0; c < 3; c++) mirrored[to + c] = rgb[from + c] as number;
    }
  }
  return mirrored;
}

/**
 * What a view counts beside its certainty, (2a − 1)², so that one that is sure outvotes one that is not. Chosen on 70 odd
 * photos between .1 (bMAE −15 %, hole −45 %) and the plain mean (−11 %, −55 %).
 */
const LEAST_WEIGHT = 0.15;

function weigh(alpha: number): number {
  const certainty = 2 * alpha - 1;
  return LEAST_WEIGHT + certainty * certainty;
}

/** In place: the mean of `matte` and of what was seen in the mirror, each pixel weighed by how sure the view is of it. */
export function averageMirrored({ data, width }: Plane, mirrored: Plane): void {
  for (let row = 0; row < data.length; row += width) {
    for (let x = 0; x < width; x++) {
      const own = data[row + x] as number;
      const other = mirrored.data[row + width - 1 - x] as number;
      const share = weigh(other) / (weigh(own) + weigh(other));
      data[row + x] = own + share * (other - own);
    }
  }
}
