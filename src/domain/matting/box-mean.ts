/**
 * Means over square windows of (2 radius + 1)² cells, cut off at the border, by running sums: the cost does not depend on
 * the radius. Columns are summed row by row, since walking down them would miss the cache at every step.
 */

const countCells = (at: number, length: number, radius: number): number =>
  Math.min(length - 1, at + radius) - Math.max(-1, at - radius - 1);

/** Adds a row to the sums of the columns, or takes it away, where `sign` is −1. */
function addRow(columns: Float64Array, first: number, plane: Float32Array, from: number, width: number, sign: number) {
  for (let x = 0; x < width; x++) {
    columns[first + x] = (columns[first + x] as number) + sign * (plane[from + x] as number);
  }
}

export function averageBoxes(
  plane: Float32Array,
  width: number,
  height: number,
  radius: number,
): Float32Array<ArrayBuffer> {
  const shares = Float64Array.from({ length: width }, (_, x) => 1 / countCells(x, width, radius));
  const first = radius + 1;
  const diameter = 2 * radius + 1;
  // With zeros at both ends, so that no window has to look for the border.
  const columns = new Float64Array(width + 2 * first);
  const result = new Float32Array(plane.length);
  for (let row = 0; row < Math.min(radius, height); row++) addRow(columns, first, plane, row * width, width, 1);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addRow(columns, first, plane, (y + radius) * width, width, 1);
    if (y - radius > 0) addRow(columns, first, plane, (y - radius - 1) * width, width, -1);
    const share = 1 / countCells(y, height, radius);
    let sum = 0;
    for (let k = 0; k < diameter; k++) sum += columns[k] as number;
    for (let x = 0; x < width; x++) {
      sum += (columns[x + diameter] as number) - (columns[x] as number);
      result[y * width + x] = sum * (shares[x] as number) * share;
    }
  }
  return result;
}
