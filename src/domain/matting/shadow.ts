/** Shadows from the matte alone. Drop: the subject floats before a wall. Contact: it stands on the ground. */
import type { Shadow } from '../edit-options.ts';
import type { Rect, Size } from './cutout.ts';
import type { Plane } from './raster.ts';
import { blurPlane, createSoftRows, type SoftGrid, toSoftGrid } from './soft-grid.ts';
import type { RowPainter } from './underlay.ts';

/** Shares of the subject's longer side: light from the upper left. */
const DROP = { right: 0.02, down: 0.035, blur: 0.025 };

/**
 * Heights are shares of the subject's shorter side. `wide`: the whole silhouette lies on the ground, squeezed. `core`: only
 * its lowest part does, where no light comes; it is thin, sharper and darker.
 */
const WIDE = { from: 0, height: 0.16, blur: 0.045, dark: 0.6 };
const CORE = { from: 0.94, height: 0.05, blur: 0.012, dark: 0.85 };

type Lying = typeof WIDE;

/** `box`: of the subject in the matte, not empty. */
export function paintShadow(matte: Uint8Array, size: Size, box: Rect, shadow: Shadow): RowPainter {
  const grid = toSoftGrid(matte, size);
  const plane = shadow.kind === 'drop' ? castDrop(grid, box) : castContact(grid, box);
  const rowOf = createSoftRows(plane, size);
  return (y, rgb, alpha) => {
    rgb.fill(0);
    const row = rowOf(y);
    for (let x = 0; x < size.width; x++) alpha[x] = (row[x] as number) * shadow.opacity * 255 + 0.5;
  };
}

function castDrop(grid: SoftGrid, box: Rect): Plane {
  const side = Math.max(box.width, box.height) / grid.factor;
  const right = Math.round(side * DROP.right);
  const down = Math.round(side * DROP.down);
  const moved = new Float32Array(grid.data.length);
  for (let y = down; y < grid.height; y++) {
    const from = (y - down) * grid.width;
    moved.set(grid.data.subarray(from, from + grid.width - right), y * grid.width + right);
  }
  return blurPlane({ ...grid, data: moved }, side * DROP.blur);
}

function castContact(grid: SoftGrid, box: Rect): Plane {
  const wide = layDown(grid, box, WIDE);
  const core = layDown(grid, box, CORE);
  for (let i = 0; i < wide.data.length; i++) {
    const light = (1 - WIDE.dark * (wide.data[i] as number)) * (1 - CORE.dark * (core.data[i] as number));
    wide.data[i] = 1 - light;
  }
  return wide;
}

/** The part of the silhouette below `from`, squeezed to an area around the line on which the subject stands. */
function layDown(grid: SoftGrid, box: Rect, { from, height, blur }: Lying): Plane {
  const side = Math.min(box.width, box.height) / grid.factor;
  const base = (box.top + box.height) / grid.factor;
  const high = Math.max(1, side * height);
  const top = base - high / 2;
  const tall = (box.height * (1 - from)) / grid.factor;
  const lying = new Float32Array(grid.data.length);
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(grid.height, Math.ceil(top + high)); y++) {
    const share = Math.min(1, Math.max(0, (y + 0.5 - top) / high));
    const row = Math.min(grid.height - 1, Math.max(0, Math.floor(base - tall + share * tall)));
    lying.set(grid.data.subarray(row * grid.width, (row + 1) * grid.width), y * grid.width);
  }
  return blurPlane({ ...grid, data: lying }, side * blur);
}
