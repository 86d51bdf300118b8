/** A line of one colour around a subject, by distance from its matte. */
import type { Colour } from '../colour.ts';
import type { Size } from './cutout.ts';
import { measureNearness } from './near-set.ts';
import type { RowPainter } from './underlay.ts';

/** Half of full alpha: where the border of a soft edge is seen. */
const BORDER = 128;

/** Lies under the subject too, so that its soft edge has the line behind it. `width`: pixels. */
export function paintOutline(matte: Uint8Array, size: Size, width: number, colour: Colour): RowPainter {
  const distances = measureNearness(size, (i) => (matte[i] as number) >= BORDER, width + 1);
  const squares = new Float32Array(size.width);
  return (y, rgb, alpha) => {
    distances(y, squares);
    for (let x = 0; x < size.width; x++) {
      rgb[x * 3] = colour[0];
      rgb[x * 3 + 1] = colour[1];
      rgb[x * 3 + 2] = colour[2];
      const rest = width + 0.5 - Math.sqrt(squares[x] as number);
      alpha[x] = rest <= 0 ? 0 : Math.round(colour[3] * Math.min(1, rest));
    }
  };
}
