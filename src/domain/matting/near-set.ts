/**
 * Row by row, how far each pixel is from a set, as long as it is near: exact, linear in the area, and with two bytes a
 * pixel. Meijster, Roerdink, Hesselink, "A general algorithm for computing distance transforms in linear time", 2000.
 */
import type { Size } from './cutout.ts';

/** Writes the squared distances of row `y`; what is `reach` or farther away is Infinity. Rows in any order. */
export type DistanceRows = (y: number, squares: Float32Array) => void;

/** `isMember` is asked once for each pixel. `reach`: pixels, more than 0. */
export function measureNearness(
  { width, height }: Size,
  isMember: (i: number) => boolean,
  reach: number,
): DistanceRows {
  const far = Math.ceil(reach);
  const gaps = measureColumns(width, height, isMember, far);
  const hull = { places: new Int32Array(width), starts: new Int32Array(width) };
  return (y, squares) => {
    const row = gaps.subarray(y * width, (y + 1) * width);
    squares.fill(Number.POSITIVE_INFINITY);
    const last = layHull(row, far, hull);
    if (last < 0) return;
    for (let x = width - 1, k = last; x >= 0; x--) {
      while (k > 0 && x < (hull.starts[k] as number)) k--;
      const place = hull.places[k] as number;
      const gap = row[place] as number;
      const square = (x - place) * (x - place) + gap * gap;
      if (square < reach * reach) squares[x] = square;
    }
  };
}

/** Steps up or down to the nearest member of the column, `far` where there is none so near. */
function measureColumns(width: number, height: number, isMember: (i: number) => boolean, far: number): Uint16Array {
  const gaps = new Uint16Array(width * height);
  for (let i = 0; i < gaps.length; i++) {
    gaps[i] = isMember(i) ? 0 : i < width ? far : Math.min(far, (gaps[i - width] as number) + 1);
  }
  for (let i = gaps.length - width - 1; i >= 0; i--) {
    const below = (gaps[i + width] as number) + 1;
    if (below < (gaps[i] as number)) gaps[i] = below;
  }
  return gaps;
}

type Hull = { readonly places: Int32Array; readonly starts: Int32Array };

/** The parabolas that are lowest somewhere, and from which column on. Returns the last's place in the list, −1 for none. */
function layHull(row: Uint16Array, far: number, { places, starts }: Hull): number {
  let last = -1;
  for (let x = 0; x < row.length; x++) {
    const gap = row[x] as number;
    if (gap >= far) continue;
    let start = 0;
    while (last >= 0) {
      const place = places[last] as number;
      const before = row[place] as number;
      // The first column where the parabola of x is lower.
      start = Math.floor((x * x - place * place + gap * gap - before * before) / (2 * (x - place))) + 1;
      if (start > (starts[last] as number)) break;
      last--;
      start = 0;
    }
    if (start >= row.length) continue;
    last++;
    places[last] = x;
    starts[last] = last === 0 ? 0 : start;
  }
  return last;
}
