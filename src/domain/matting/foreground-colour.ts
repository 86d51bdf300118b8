/**
 * The subject's own colour under soft alpha, so that no old background shows in the hair over a new one.
 *
 * Multi-level estimation: Germer, Uelwer, Conrad and Harmeling, "Fast multi-level foreground estimation", ICPR 2020. On
 * the coarsest level the colours of subject and background are sought everywhere; each finer level starts from the one
 * before it and improves it by a few sweeps that weigh the compositing equation against smoothness. Here the finer
 * levels are computed in the soft band alone: elsewhere the photo's colour is the subject's, or nobody sees it.
 */
import type { ImageRaster } from './raster.ts';
import { collectRuns, dilateRuns, halveRuns, type Runs, writeSlots } from './runs.ts';

/** Weight of smoothness, and what a full step of alpha adds to it: the values of the paper. */
const SMOOTHNESS = 5e-3;
const SMOOTHNESS_AT_EDGES = 1;

const SWEEPS = 2;
const SWEEPS_WHEN_COARSE = 10;

/** Levels of at most this side are computed whole. */
const COARSE_SIDE = 32;

/** The photo in half the size `depth` times over, each pixel the nearest one: as in the paper, so that no colours mix. */
type Level = { readonly photo: Photo; readonly depth: number; readonly members: Runs };
type Photo = { readonly rgb: Uint8Array; readonly alpha: Uint8Array; readonly width: number; readonly height: number };

/** 6 floats of 0..255 a member: colour of the subject, colour of the background. */
type Colours = Float32Array;

/** Neither 0 nor 255. */
const isSoft = (a: number): boolean => ((a + 1) & 254) !== 0;

function markSoft(alpha: Uint8Array, from: number, row: Uint8Array): void {
  for (let x = 0; x < row.length; x++) if (isSoft(alpha[from + x] as number)) row[x] = 1;
}

const collectSoft = ({ alpha, width, height }: Photo): Runs =>
  collectRuns(width, height, (y, row) => markSoft(alpha, y * width, row));

/** From the finest on. Every pixel of a level has its parent computed on the next one, and the parent's neighbours too. */
function listLevels(photo: Photo): Level[] {
  let members = dilateRuns(collectSoft(photo));
  const levels: Level[] = [{ photo, depth: 0, members }];
  while (Math.max(members.width, members.height) > 1) {
    const parents = halveRuns(members);
    const { width, height } = parents;
    const isCoarse = Math.max(width, height) <= COARSE_SIDE;
    members = isCoarse ? collectRuns(width, height, (_, row) => row.fill(1)) : dilateRuns(parents);
    levels.push({ photo, depth: levels.length, members });
  }
  return levels;
}

/** Where the pixel at the left of a row of the level lies in the photo; its pixels are 1 << depth apart. */
const startOfRow = ({ photo, depth }: Level, y: number): number => (y << depth) * photo.width;

/** The photo's own colours, for the coarsest level. */
function takeColours(level: Level): Colours {
  const { members, depth, photo } = level;
  const colours = new Float32Array(members.count * 6);
  for (let y = 0, k = 0; y < members.height; y++) {
    const start = startOfRow(level, y);
    for (let run = members.rows[y] as number; run < (members.rows[y + 1] as number); run++) {
      for (let x = members.firsts[run] as number; x < (members.ends[run] as number); x++, k += 6) {
        const from = (start + (x << depth)) * 3;
        for (let c = 0; c < 3; c++) colours[k + c] = colours[k + 3 + c] = photo.rgb[from + c] as number;
      }
    }
  }
  return colours;
}

/** Each member starts from its parent. */
function inheritColours({ members }: Level, coarser: Level, parents: Colours): Colours {
  const colours = new Float32Array(members.count * 6);
  const parentSlots = new Int32Array(coarser.members.width);
  for (let y = 0, k = 0; y < members.height; y++) {
    if (y % 2 === 0) writeSlots(coarser.members, y >> 1, parentSlots);
    for (let run = members.rows[y] as number; run < (members.rows[y + 1] as number); run++) {
      for (let x = members.firsts[run] as number; x < (members.ends[run] as number); x++, k += 6) {
        const from = (parentSlots[x >> 1] as number) * 6;
        for (let c = 0; c < 6; c++) colours[k + c] = parents[from + c] as number;
      }
    }
  }
  return colours;
}

const toByteRange = (value: number): number => Math.min(255, Math.max(0, value));

/** Slots of the rows above and below the one that is swept, −1 where there is no member. */
type Around = { readonly above: Int32Array; readonly below: Int32Array };

/** A missing neighbour has no weight; it stands for the pixel itself. */
function sweepRun(
  level: Level,
  colours: Colours,
  weightOf: Float32Array,
  y: number,
  run: number,
  around: Around,
): void {
  const { photo, depth, members } = level;
  const { rgb, alpha } = photo;
  const { above, below } = around;
  const first = members.firsts[run] as number;
  const last = (members.ends[run] as number) - 1;
  const across = 1 << depth;
  const down = photo.width << depth;
  let k = (members.slots[run] as number) * 6;
  let i = startOfRow(level, y) + (first << depth);
  for (let x = first; x <= last; x++, k += 6, i += across) {
    const own = alpha[i] as number;
    const up = above[x] as number;
    const low = below[x] as number;
    const leftWeight = x > first ? (weightOf[Math.abs(own - (alpha[i - across] as number))] as number) : 0;
    const rightWeight = x < last ? (weightOf[Math.abs(own - (alpha[i + across] as number))] as number) : 0;
    const upWeight = up >= 0 ? (weightOf[Math.abs(own - (alpha[i - down] as number))] as number) : 0;
    const lowWeight = low >= 0 ? (weightOf[Math.abs(own - (alpha[i + down] as number))] as number) : 0;
    const total = leftWeight + rightWeight + upWeight + lowWeight;
    if (total === 0) continue;
    const left = x > first ? k - 6 : k;
    const right = x < last ? k + 6 : k;
    const upper = up >= 0 ? up * 6 : k;
    const lower = low >= 0 ? low * 6 : k;
    const a = own / 255;
    const b = 1 - a;
    // (a² + t) F + ab B = aI + ΣF,  ab F + (b² + t) B = bI + ΣB
    const scale = 1 / (total * (a * a + b * b + total));
    const direct = (b * b + total) * scale;
    const opposite = (a * a + total) * scale;
    const crossed = a * b * scale;
    for (let c = 0; c < 3; c++) {
      const value = rgb[i * 3 + c] as number;
      // The pixel at the left was computed a moment ago: it comes last, so that nothing else waits for it.
      const f =
        a * value +
        upWeight * (colours[upper + c] as number) +
        lowWeight * (colours[lower + c] as number) +
        rightWeight * (colours[right + c] as number) +
        leftWeight * (colours[left + c] as number);
      const g =
        b * value +
        upWeight * (colours[upper + c + 3] as number) +
        lowWeight * (colours[lower + c + 3] as number) +
        rightWeight * (colours[right + c + 3] as number) +
        leftWeight * (colours[left + c + 3] as number);
      colours[k + c] = toByteRange(direct * f - crossed * g);
      colours[k + c + 3] = toByteRange(opposite * g - crossed * f);
    }
  }
}

/** One sweep of Gauss–Seidel: each pixel against its neighbours, its 2 × 2 system solved exactly. */
function sweep(level: Level, colours: Colours, weightOf: Float32Array): void {
  const { members } = level;
  const around = { above: new Int32Array(members.width), below: new Int32Array(members.width) };
  for (let y = 0; y < members.height; y++) {
    const first = members.rows[y] as number;
    const end = members.rows[y + 1] as number;
    if (first === end) continue;
    writeSlots(members, y - 1, around.above);
    writeSlots(members, y + 1, around.below);
    for (let run = first; run < end; run++) sweepRun(level, colours, weightOf, y, run, around);
  }
}

function paintSoft({ photo, members }: Level, colours: Colours): void {
  const { rgb, alpha, width } = photo;
  for (let y = 0, k = 0; y < members.height; y++) {
    for (let run = members.rows[y] as number; run < (members.rows[y + 1] as number); run++) {
      const end = y * width + (members.ends[run] as number);
      for (let i = y * width + (members.firsts[run] as number); i < end; i++, k += 6) {
        if (!isSoft(alpha[i] as number)) continue;
        for (let c = 0; c < 3; c++) rgb[i * 3 + c] = (colours[k + c] as number) + 0.5;
      }
    }
  }
}

/** In place: soft pixels get the subject's colour, all others keep theirs. */
export function estimateForeground(image: Pick<ImageRaster, 'rgb' | 'width' | 'height'>, alpha: Uint8Array): void {
  const weightOf = Float32Array.from({ length: 256 }, (_, d) => SMOOTHNESS + (SMOOTHNESS_AT_EDGES * d) / 255);
  const levels = listLevels({ rgb: image.rgb, alpha, width: image.width, height: image.height });
  const [finest] = levels as [Level];
  let coarser: Level | undefined;
  let colours: Colours = new Float32Array(0);
  for (const level of levels.reverse()) {
    const { width, height } = level.members;
    colours = coarser ? inheritColours(level, coarser, colours) : takeColours(level);
    const sweeps = Math.max(width, height) <= COARSE_SIDE ? SWEEPS_WHEN_COARSE : SWEEPS;
    for (let n = 0; n < sweeps; n++) sweep(level, colours, weightOf);
    coarser = level;
  }
  paintSoft(finest, colours);
}
