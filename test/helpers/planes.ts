/** Whole planes from the steps that work row by row. */
import type { Plane } from '../../src/domain/matting/raster.ts';
import { createRowResampler } from '../../src/domain/matting/resample.ts';

export function resampleWhole(source: Plane, width: number, height: number): Plane {
  const data = new Float32Array(width * height);
  const resampled = createRowResampler(source, width, height);
  for (let y = 0; y < height; y++) {
    resampled.make(y);
    data.set(resampled.row, y * width);
  }
  return { data, width, height };
}
