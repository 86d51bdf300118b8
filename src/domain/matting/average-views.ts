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

/** In place: the mean of `matte` and of what was seen in the mirror. */
export function averageMirrored({ data, width }: Plane, mirrored: Plane): void {
  for (let row = 0; row < data.length; row += width) {
    for (let x = 0; x < width; x++) {
      const other = mirrored.data[row + width - 1 - x] as number;
      data[row + x] = ((data[row + x] as number) + other) / 2;
    }
  }
}
