/**
 * Wide half-transparent areas are decided: a grey flank or a dark pullover that the network doubts becomes solid, a veil
 * over the background goes, and soft edges stay as soft as they were.
 *
 * A doubted body is a plateau: inside it alpha is about the same wherever one looks, and falls to 0 at the body's own
 * outline. So the level of the plateau is read in its interior, which is what an erosion leaves (a strand of hair has no
 * interior), a curve says what that level should have been, and the ring around the interior is scaled by the same
 * factor: its profile stays, its height does not. Colour moves the curve against areas that look like the background,
 * such as the ground seen through a handle.
 */
import { averageBoxes } from './box-mean.ts';
import { weighColours } from './colour-evidence.ts';
import { findNearestPixels } from './nearest-pixel.ts';
import type { Plane } from './raster.ts';
import { type ReducedSquare, reduceSquare } from './reduce.ts';
import { smoothStep } from './smooth-step.ts';
import { mixLinear, placeRow, type RowPlace, type Spread, spreadCells } from './spread.ts';

/** Decisions are taken on a grid of about this many cells a side; the factors are smooth, and alpha keeps its detail. */
const GRID = 256;

/** Cells below count as outside. */
const OUTSIDE = 0.1;

/** A plateau of .1 goes, of .35 and more becomes solid. Chosen on 67 photos. */
const LOWEST_LEVEL = 0.1;
const SOLID_LEVEL = 0.35;

/** How far inside begins, in side lengths of a square as large as the subject; never less than 2 cells. */
const INTERIOR_DEPTH = 0.06;

/** Rise of both levels for each unit of evidence that the colour is the background's. */
const COLOUR_WEIGHT = 0.2;

/** Cells over which colour evidence is averaged: single colours occur everywhere. */
const COLOUR_RADIUS = 16;

/** Cells, so that the factors have no steps. */
const SMOOTHING_RADIUS = 2;

/** Per cell, how much higher than usual a level must be: 0 where colour says nothing or speaks for the subject. */
function computeHandicap({ alpha, colours, width, height }: ReducedSquare, isInterior: Uint8Array): Float32Array {
  const evidence = weighColours(colours, alpha);
  if (!evidence) return new Float32Array(alpha.length);
  const isDoubted = new Float32Array(alpha.length);
  for (let i = 0; i < alpha.length; i++) {
    if (isInterior[i] && (alpha[i] as number) < 0.95) isDoubted[i] = 1;
    else evidence[i] = 0;
  }
  const handicap = averageBoxes(evidence, width, height, COLOUR_RADIUS);
  const shares = averageBoxes(isDoubted, width, height, COLOUR_RADIUS);
  for (let i = 0; i < handicap.length; i++) {
    const share = shares[i] as number;
    handicap[i] = share > 1e-6 ? COLOUR_WEIGHT * Math.max(0, -(handicap[i] as number) / share) : 0;
  }
  return handicap;
}

type Decision = { readonly gain: Float32Array; readonly solid: Float32Array };

/** `gain`: the factor of each cell. `solid`: how much of it is replaced by a smooth 1, so that no grain is amplified. */
function decideCells(grid: ReducedSquare): Decision | undefined {
  const { alpha, width, height } = grid;
  const isOutside = new Uint8Array(alpha.length);
  let area = 0;
  for (let i = 0; i < alpha.length; i++) {
    if ((alpha[i] as number) < OUTSIDE) isOutside[i] = 1;
    else area++;
  }
  const depth = Math.max(2, INTERIOR_DEPTH * Math.sqrt(area));
  const fromOutside = findNearestPixels(isOutside, width, height).distance;
  const isInterior = new Uint8Array(alpha.length);
  for (let i = 0; i < alpha.length; i++) if ((fromOutside[i] as number) > depth) isInterior[i] = 1;
  if (!isInterior.includes(1)) return undefined;
  const nearest = findNearestPixels(isInterior, width, height);
  const handicap = computeHandicap(grid, isInterior);

  const gain = new Float32Array(alpha.length).fill(1);
  const solid = new Float32Array(alpha.length);
  for (let i = 0; i < gain.length; i++) {
    const distance = nearest.distance[i] as number;
    if (distance >= 2 * depth) continue;
    const source = nearest.index[i] as number;
    const level = alpha[source] as number;
    const lowest = LOWEST_LEVEL + (handicap[source] as number);
    const t = smoothStep((level - lowest) / (SOLID_LEVEL - LOWEST_LEVEL));
    const fade = smoothStep((2 * depth - distance) / depth);
    gain[i] = 1 + (t / Math.max(level, 0.01) - 1) * fade;
    if (distance === 0 && level < 0.9) solid[i] = t;
  }
  return {
    gain: averageBoxes(gain, width, height, SMOOTHING_RADIUS),
    solid: averageBoxes(solid, width, height, SMOOTHING_RADIUS),
  };
}

/** One row of the matte, from `start` on, in place: between cells both planes are linear, first down and then across. */
function applyToRow(
  data: Float32Array,
  start: number,
  { gain, solid }: Decision,
  cells: number,
  { starts, fractions }: Spread,
  { above, below, down }: RowPlace,
): void {
  const top = above * cells;
  const bottom = below * cells;
  for (let cell = 0; cell < cells; cell++) {
    const next = Math.min(cells - 1, cell + 1);
    const factor = mixLinear(gain, top + cell, bottom + cell, down);
    const factorSlope = mixLinear(gain, top + next, bottom + next, down) - factor;
    const one = mixLinear(solid, top + cell, bottom + cell, down);
    const oneSlope = mixLinear(solid, top + next, bottom + next, down) - one;
    const end = start + (starts[cell + 1] as number);
    for (let i = start + (starts[cell] as number); i < end; i++) {
      const value = data[i] as number;
      if (!(value > 0)) continue;
      const t = fractions[i - start] as number;
      const scaled = Math.min(1, value * (factor + t * factorSlope));
      data[i] = Math.max(scaled, scaled + (1 - scaled) * (one + t * oneSlope));
    }
  }
}

/** In place. `rgb` is the picture in the matte's size. */
export function decideSolidBodies(matte: Plane, rgb: Uint8Array): void {
  const { data, width, height } = matte;
  const grid = reduceSquare(matte, rgb, GRID);
  const decision = decideCells(grid);
  if (!decision) return;
  const across = spreadCells(grid.width, width);
  for (let y = 0; y < height; y++) {
    applyToRow(data, y * width, decision, grid.width, across, placeRow(grid.height, height, y));
  }
}
