/**
 * Edges drawn from the picture itself: in the band where the network is unsure, alpha becomes what the colours say of it.
 * Outside the band no pixel changes.
 *
 * Closed-form matting on a coarse grid (see closed-form.ts). What is carried up to the picture's own size is not alpha but
 * affine functions of colour, so that they draw its finest strands, as for guided filters: He and Sun, "Fast guided filter",
 * arXiv 1505.00996, 2015. All lengths are parts of the squashed square, and so of the picture.
 */
import { type ColourLines, fitColourLines } from './closed-form.ts';
import { dilateMask } from './dilate.ts';
import type { ImageRaster, Plane } from './raster.ts';
import { reduceSquare } from './reduce.ts';
import { mixLinear, placeRow, type RowPlace, type Spread, spreadCells } from './spread.ts';

/** Cells of the working grid on a side, at most. */
const GRID = 512;

/** Alpha between these is unsure. */
const SURE_BACKGROUND = 0.02;
const SURE_FOREGROUND = 0.98;

/** Cells around what is unsure that are decided anew too. */
const REACH = 1;

const CLOSED_FORM = { epsilon: 1e-4 / 9, prior: 0.01, steps: 60 };

/** Below it the network has seen more detail than the picture has, and there is nothing to gain. */
const SHORTEST_LONG_SIDE = 700;

const clamp = (a: number): number => Math.min(1, Math.max(0, a));

/** What the edges are, on the working grid: functions of colour, and how far they count (0..1). */
export type EdgeLines = {
  readonly lines: ColourLines;
  readonly weight: Float32Array;
  readonly width: number;
  readonly height: number;
};

export const canRefineEdges = ({ width, height }: Pick<ImageRaster, 'width' | 'height'>): boolean =>
  Math.max(width, height) >= SHORTEST_LONG_SIDE;

/** `matte` and `rgb` are of one size, the network's. */
export function findEdgeLines(matte: Plane, rgb: Uint8Array): EdgeLines {
  const grid = reduceSquare(matte, rgb, GRID);
  const { alpha, width, height } = grid;
  const isUnsure = new Uint8Array(alpha.length);
  // Where no whole window fits, nothing can be said.
  for (let i = 0; i < alpha.length && Math.min(width, height) > 2; i++) {
    const a = alpha[i] as number;
    if (a > SURE_BACKGROUND && a < SURE_FOREGROUND) isUnsure[i] = 1;
  }
  const band = dilateMask(isUnsure, width, height, REACH);
  return { lines: fitColourLines(grid, band, CLOSED_FORM), weight: Float32Array.from(band), width, height };
}

/** Between cells all five are linear, first down and then across. */
function drawRow(
  row: Float32Array,
  rgb: Uint8Array,
  firstPixel: number,
  { lines, weight, width }: EdgeLines,
  { starts, fractions }: Spread,
  { above, below, down }: RowPlace,
): void {
  const top = above * width;
  const bottom = below * width;
  let nextShare = mixLinear(weight, top, bottom, down);
  for (let cell = 0; cell < width; cell++) {
    const next = Math.min(width - 1, cell + 1);
    const share = nextShare;
    nextShare = mixLinear(weight, top + next, bottom + next, down);
    if (share === 0 && nextShare === 0) continue;
    const slope = nextShare - share;
    const red = mixLinear(lines.red, top + cell, bottom + cell, down);
    const redSlope = mixLinear(lines.red, top + next, bottom + next, down) - red;
    const green = mixLinear(lines.green, top + cell, bottom + cell, down);
    const greenSlope = mixLinear(lines.green, top + next, bottom + next, down) - green;
    const blue = mixLinear(lines.blue, top + cell, bottom + cell, down);
    const blueSlope = mixLinear(lines.blue, top + next, bottom + next, down) - blue;
    const constant = mixLinear(lines.constant, top + cell, bottom + cell, down);
    const constantSlope = mixLinear(lines.constant, top + next, bottom + next, down) - constant;
    const end = starts[cell + 1] as number;
    for (let x = starts[cell] as number, at = (firstPixel + x) * 3; x < end; x++, at += 3) {
      const t = fractions[x] as number;
      const sum =
        (red + t * redSlope) * (rgb[at] as number) +
        (green + t * greenSlope) * (rgb[at + 1] as number) +
        (blue + t * blueSlope) * (rgb[at + 2] as number);
      const drawn = clamp(sum / 255 + constant + t * constantSlope);
      const own = clamp(row[x] as number);
      row[x] = own + (share + t * slope) * (drawn - own);
    }
  }
}

/** Draws into one row of alpha in the picture's size, in place. */
type EdgePen = (y: number, row: Float32Array) => void;

export function createEdgePen(edges: EdgeLines, { rgb, width, height }: ImageRaster): EdgePen {
  const across = spreadCells(edges.width, width);
  return (y, row) => drawRow(row, rgb, y * width, edges, across, placeRow(edges.height, height, y));
}
