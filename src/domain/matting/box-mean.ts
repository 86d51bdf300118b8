/**
 * Means over square windows of (2 radius + 1)² cells, cut off at the border, by running sums: the cost does not depend on
 * the radius. Columns are summed row by row, since walking down them would miss the cache at every step.
 */

/** The windows of a grid. `shares`: of each column, 1 / the cells of its window in a row. */
export type Windows = { readonly radius: number; readonly height: number; readonly shares: Float64Array };

const countCells = (at: number, length: number, radius: number): number =>
  Math.min(length - 1, at + radius) - Math.max(-1, at - radius - 1);

export function layWindows(width: number, height: number, radius: number): Windows {
  const shares = new Float64Array(width);
  for (let x = 0; x < width; x++) shares[x] = 1 / countCells(x, width, radius);
  return { radius, height, shares };
}

/**
 * Column sums of one row of each channel, with zeros at both ends, so that no window has to look for the border. Those of
 * the first channel begin at `first`, those of each further one `stride` later.
 */
export type ColumnSums = {
  readonly all: Float64Array;
  readonly channels: readonly Float64Array[];
  readonly first: number;
  readonly stride: number;
};

export function createColumns({ radius, shares }: Windows, channels: number): ColumnSums {
  const stride = shares.length + 2 * (radius + 1);
  const all = new Float64Array(stride * channels);
  const views = Array.from({ length: channels }, (_, c) => all.subarray(c * stride, (c + 1) * stride));
  return { all, channels: views, first: radius + 1, stride };
}

/** Writes the means of row `y` to `target`, from the sums of its columns. */
export function averageRow(
  columns: Float64Array,
  { radius, height, shares }: Windows,
  y: number,
  target: Float32Array,
  at: number,
): void {
  const share = 1 / countCells(y, height, radius);
  const diameter = 2 * radius + 1;
  let sum = 0;
  for (let k = 0; k < diameter; k++) sum += columns[k] as number;
  for (let x = 0; x < shares.length; x++) {
    sum += (columns[x + diameter] as number) - (columns[x] as number);
    target[at + x] = sum * (shares[x] as number) * share;
  }
}

/** Moves the columns from the window of row `y − 1` to that of row `y`, by rows that are added and taken away. */
export function slideDown({ radius, height }: Windows, y: number, addRow: (row: number, sign: 1 | -1) => void): void {
  if (y === 0) for (let row = 0; row < Math.min(radius, height); row++) addRow(row, 1);
  if (y + radius < height) addRow(y + radius, 1);
  if (y - radius > 0) addRow(y - radius - 1, -1);
}

function addPlaneRow({ all, first }: ColumnSums, plane: Float32Array, from: number, width: number, sign: number): void {
  for (let x = 0; x < width; x++) {
    all[first + x] = (all[first + x] as number) + sign * (plane[from + x] as number);
  }
}

export function averageBoxes(
  plane: Float32Array,
  width: number,
  height: number,
  radius: number,
): Float32Array<ArrayBuffer> {
  const windows = layWindows(width, height, radius);
  const sums = createColumns(windows, 1);
  const result = new Float32Array(plane.length);
  const addRow = (row: number, sign: 1 | -1) => addPlaneRow(sums, plane, row * width, width, sign);
  for (let y = 0; y < height; y++) {
    slideDown(windows, y, addRow);
    averageRow(sums.all, windows, y, result, y * width);
  }
  return result;
}
