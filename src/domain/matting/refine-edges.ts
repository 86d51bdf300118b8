/**
 * Edges drawn from the picture itself: in the band where the network is unsure, alpha becomes what the colours say of it.
 * Outside the band no pixel changes.
 *
 * A guided filter on a coarse grid (see colour-lines.ts). What is carried up to the picture's own size is not alpha but
 * the affine functions of colour, so that they draw its finest strands: He and Sun, "Fast guided filter", arXiv
 * 1505.00996, 2015. All radii are parts of the squashed square, and so of the picture.
 */
import { dilateMask, toBand } from './band.ts';
import { fitColourLines } from './colour-lines.ts';
import type { ImageRaster, Plane } from './raster.ts';
import { reduceSquare } from './reduce.ts';

/** Cells of the working grid on a side, at most. */
const GRID = 512;

/** Alpha between these is unsure. */
const SURE_BACKGROUND = 0.02;
const SURE_FOREGROUND = 0.98;

const WINDOWS = { radius: 16, epsilon: 0.002 };

/** Below it the network has seen more detail than the picture has, and there is nothing to gain. */
const SHORTEST_LONG_SIDE = 700;

const clamp = (a: number): number => Math.min(1, Math.max(0, a));

/** What the edges are, on the working grid: 4 factors a cell, and how far they count (0..1). */
type EdgeLines = {
  readonly lines: Float32Array;
  readonly weight: Float32Array;
  readonly width: number;
  readonly height: number;
};

export const canRefineEdges = ({ width, height }: Pick<ImageRaster, 'width' | 'height'>): boolean =>
  Math.max(width, height) >= SHORTEST_LONG_SIDE;

/** `matte` and `rgb` are of one size, the network's. */
export function findEdgeLines(matte: Plane, rgb: Uint8Array): EdgeLines {
  const { alpha, colours, width, height } = reduceSquare(matte, rgb, GRID);
  const isUnsure = Uint8Array.from(alpha, (a) => (a > SURE_BACKGROUND && a < SURE_FOREGROUND ? 1 : 0));
  const around = toBand(dilateMask(isUnsure, width, height, 2 * WINDOWS.radius), width, height);
  const lines = fitColourLines(alpha, colours, around, WINDOWS);
  return { lines, weight: Float32Array.from(isUnsure), width, height };
}

/** In place: `matte` has the picture's size. */
export function drawEdges(matte: Plane, { rgb }: Pick<ImageRaster, 'rgb'>, edges: EdgeLines): void {
  const { data, width, height } = matte;
  const { lines, weight } = edges;
  const columns = new Int32Array(width * 2);
  const fractions = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    const gx = Math.min(edges.width - 1, Math.max(0, ((x + 0.5) * edges.width) / width - 0.5));
    columns[x * 2] = Math.floor(gx);
    columns[x * 2 + 1] = Math.min(edges.width - 1, Math.floor(gx) + 1);
    fractions[x] = gx - Math.floor(gx);
  }
  for (let y = 0; y < height; y++) {
    const gy = Math.min(edges.height - 1, Math.max(0, ((y + 0.5) * edges.height) / height - 0.5));
    const top = Math.floor(gy) * edges.width;
    const bottom = Math.min(edges.height - 1, Math.floor(gy) + 1) * edges.width;
    const fy = gy - Math.floor(gy);
    for (let x = 0; x < width; x++) {
      const [left, right] = [columns[x * 2] as number, columns[x * 2 + 1] as number];
      const [a, b, c, d] = [top + left, top + right, bottom + left, bottom + right];
      if (!(weight[a] || weight[b] || weight[c] || weight[d])) continue;
      const fx = fractions[x] as number;
      const [wa, wb, wc, wd] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const mix = (k: number): number =>
        (lines[a * 4 + k] as number) * wa +
        (lines[b * 4 + k] as number) * wb +
        (lines[c * 4 + k] as number) * wc +
        (lines[d * 4 + k] as number) * wd;
      const at = y * width + x;
      const colour = at * 3;
      const sum =
        mix(0) * (rgb[colour] as number) + mix(1) * (rgb[colour + 1] as number) + mix(2) * (rgb[colour + 2] as number);
      const share =
        (weight[a] as number) * wa +
        (weight[b] as number) * wb +
        (weight[c] as number) * wc +
        (weight[d] as number) * wd;
      const own = clamp(data[at] as number);
      data[at] = own + share * (clamp(sum / 255 + mix(3)) - own);
    }
  }
}
