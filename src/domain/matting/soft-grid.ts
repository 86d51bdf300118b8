/** Large soft things are computed on a small grid, and enlarged as they are painted: nobody sees the difference. */
import { averageBoxes } from './box-mean.ts';
import type { Size } from './cutout.ts';
import type { Plane } from './raster.ts';

const CELLS = 512;

export type SoftGrid = Plane & { /** Pixels a cell is wide and high. */ readonly factor: number };

/** Means of the matte, 0..1, over blocks of whole pixels. */
export function toSoftGrid(matte: Uint8Array, { width, height }: Size): SoftGrid {
  const factor = Math.max(1, Math.ceil(Math.max(width, height) / CELLS));
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const data = new Float32Array(columns * rows);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / factor) * columns;
    for (let x = 0; x < width; x++, i++) {
      const cell = row + Math.floor(x / factor);
      data[cell] = (data[cell] as number) + (matte[i] as number);
    }
  }
  // Blocks at the right and the bottom are cut off, and hold fewer pixels.
  for (let y = 0, cell = 0; y < rows; y++) {
    const high = Math.min(factor, height - y * factor);
    for (let x = 0; x < columns; x++, cell++) {
      data[cell] = (data[cell] as number) / (255 * high * Math.min(factor, width - x * factor));
    }
  }
  return { data, width: columns, height: rows, factor };
}

/** About a Gaussian of deviation `radius` + ½: three boxes. */
export function blurPlane({ data, width, height }: Plane, radius: number): Plane {
  const boxes = Math.max(0, Math.round(radius));
  let blurred = data;
  for (let pass = 0; pass < 3 && boxes > 0; pass++) blurred = averageBoxes(blurred, width, height, boxes);
  return { data: blurred, width, height };
}

/** Rows of the plane at `size`, by straight lines between cells: what was blurred has no edge to lose. */
export function createSoftRows({ data, width, height }: Plane, size: Size): (y: number) => Float32Array {
  const line = new Float32Array(width);
  const row = new Float32Array(size.width);
  const step = width / size.width;
  return (y) => {
    const [upper, share] = findCell(y, size.height, height);
    const lower = Math.min(height - 1, upper + 1);
    for (let x = 0; x < width; x++) {
      const a = data[upper * width + x] as number;
      line[x] = a + share * ((data[lower * width + x] as number) - a);
    }
    for (let x = 0; x < size.width; x++) {
      const place = Math.min(width - 1, Math.max(0, (x + 0.5) * step - 0.5));
      const cell = Math.floor(place);
      const a = line[cell] as number;
      row[x] = a + (place - cell) * ((line[Math.min(width - 1, cell + 1)] as number) - a);
    }
    return row;
  };
}

/** The cell before the middle of pixel `at`, and how far on to the next one that is, 0..1. */
function findCell(at: number, length: number, cells: number): [cell: number, share: number] {
  const place = Math.min(cells - 1, Math.max(0, ((at + 0.5) * cells) / length - 0.5));
  const cell = Math.floor(place);
  return [cell, place - cell];
}
