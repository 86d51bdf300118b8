/** A photo's own background out of focus: blurred without the subject, which would shine through at its edges. */
import type { Cutout, Rect, Size } from './cutout.ts';
import type { Plane } from './raster.ts';
import { blurPlane, createSoftRows } from './soft-grid.ts';
import type { RowPainter } from './underlay.ts';

/** Cells of the longer side. */
const CELLS = 256;

/**
 * How many cells the blur spreads, with its share. The wide ones count for little, but behind a large subject they are
 * all that there is.
 */
const SPREADS: readonly (readonly [cells: number, share: number])[] = [
  [6, 1],
  [32, 0.01],
  [128, 0.0001],
];

/** Where the subject covers the whole picture, its own colours are better than none. */
const LEAST_WEIGHT = 1e-8;

/** `frame`: what of the picture the canvas shows; beyond the picture its border goes on. */
export function blurBackground(picture: Cutout, frame: Rect, canvas: Size): RowPainter {
  const [red, green, blue, weight] = sampleColours(picture, frame, canvas).map(spreadOut);
  const rows = [red, green, blue].map((colour) => createSoftRows(divide(colour as Plane, weight as Plane), canvas));
  return (y, rgb, alpha) => {
    alpha.fill(255);
    for (const [c, rowOf] of rows.entries()) {
      const row = rowOf(y);
      for (let x = 0; x < canvas.width; x++) rgb[x * 3 + c] = Math.min(255, (row[x] as number) + 0.5);
    }
  };
}

function spreadOut(plane: Plane): Plane {
  const sum = new Float32Array(plane.data.length);
  for (const [cells, share] of SPREADS) {
    const { data } = blurPlane(plane, cells);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + share * (data[i] as number);
  }
  return { ...plane, data: sum };
}

const divide = (plane: Plane, by: Plane): Plane => ({
  ...plane,
  data: plane.data.map((value, i) => value / (by.data[i] as number)),
});

/** Red, green and blue, each times the weight, and the weight: how much of a cell is background. */
function sampleColours(picture: Cutout, frame: Rect, canvas: Size): readonly Plane[] {
  const scale = CELLS / Math.max(canvas.width, canvas.height);
  const width = Math.max(1, Math.round(canvas.width * scale));
  const height = Math.max(1, Math.round(canvas.height * scale));
  const planes = Array.from({ length: 4 }, () => ({ data: new Float32Array(width * height), width, height }));
  const columns = lookPlaces(width, frame.left, frame.width, picture.width);
  const rows = lookPlaces(height, frame.top, frame.height, picture.height);
  for (let y = 0, cell = 0; y < height; y++) {
    for (let x = 0; x < width; x++, cell++) {
      addCell(
        planes,
        cell,
        picture,
        columns.subarray(x * LOOKS, (x + 1) * LOOKS),
        rows.subarray(y * LOOKS, (y + 1) * LOOKS),
      );
    }
  }
  return planes;
}

/** Along each side of a cell. */
const LOOKS = 3;

function lookPlaces(cells: number, start: number, length: number, side: number): Int32Array {
  const step = length / (cells * LOOKS);
  return Int32Array.from({ length: cells * LOOKS }, (_, i) =>
    Math.min(side - 1, Math.max(0, Math.floor(start + (i + 0.5) * step))),
  );
}

function addCell(
  planes: readonly Plane[],
  cell: number,
  { rgb, alpha, width }: Cutout,
  columns: Int32Array,
  rows: Int32Array,
): void {
  const share = 1 / (LOOKS * LOOKS);
  const sums = [0, 0, 0, 0];
  for (const row of rows) {
    for (const column of columns) {
      const at = row * width + column;
      const weight = share * (1 - (alpha[at] as number) / 255 + LEAST_WEIGHT);
      for (let c = 0; c < 3; c++) sums[c] = (sums[c] as number) + weight * (rgb[at * 3 + c] as number);
      sums[3] = (sums[3] as number) + weight;
    }
  }
  for (const [c, plane] of planes.entries()) plane.data[cell] = sums[c] as number;
}
