/**
 * The subject's own colour under soft alpha, so that no old background shows in the hair over a new one.
 *
 * Multi-level estimation: Germer, Uelwer, Conrad and Harmeling, "Fast multi-level foreground estimation", ICPR 2020. On
 * the coarsest level the colours of subject and background are sought everywhere; each finer level starts from the one
 * before it and improves it by a few sweeps that weigh the compositing equation against smoothness. Here the finer
 * levels are computed in the soft band alone: elsewhere the photo's colour is the subject's, or nobody sees it.
 */
import { type Layout, layOut, releaseMemory } from './kernels.ts';
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

/** 8 floats of 0..255 a member: colour of the subject, one unused, colour of the background, one unused. */
type Colours = Float32Array;
const COLOURS = 8;

/**
 * A level of more is not computed: its pixels take the colours of the next coarser one. It takes 80 bytes a member, and only
 * a very large picture that is soft nearly everywhere comes that far.
 */
const MOST_MEMBERS = 6_000_000;

/** Neither 0 nor 255. */
const isSoft = (a: number): boolean => ((a + 1) & 254) !== 0;

/** Four bytes of alpha that are all 0, or all 255. */
const NOTHING = 0;
const SUBJECT = 0xff_ff_ff_ff;

/** Most pixels are not soft, and neither are the three beside them: they are passed over four at a time. */
function collectSoft({ alpha, width, height }: Photo): Runs {
  const isAligned = alpha.byteOffset % 4 === 0;
  const fours = isAligned ? new Uint32Array(alpha.buffer, alpha.byteOffset, alpha.length >> 2) : new Uint32Array();
  return collectRuns(width, height, (y, row) => {
    const end = (y + 1) * width;
    for (let i = y * width, x = 0; i < end; i++, x++) {
      if (i % 4 === 0) {
        while (i + 4 <= end && (fours[i >> 2] === NOTHING || fours[i >> 2] === SUBJECT)) {
          i += 4;
          x += 4;
        }
        if (i === end) return;
      }
      if (isSoft(alpha[i] as number)) row[x] = 1;
    }
  });
}

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
  const isFitting = ({ members: { count } }: Level) => count <= MOST_MEMBERS;
  return levels.slice(levels.findIndex(isFitting));
}

/** What the kernel reads of each member of a level, in the order of the slots. */
type Sheet = { readonly memory: Layout; readonly level: Level };

const PIXELS = 0;
const ABOVE = 1;
const BELOW = 2;
const PARENTS = 3;
const STARTS = 4;
const OWN_COLOURS = 5;
const PARENT_COLOURS = 6;

function laySheet(level: Level, coarser: Level | undefined, parentColours: Colours): Sheet {
  const { members } = level;
  const { count, slots } = members;
  const word = count * 4;
  const starts = (slots.length + 1) * 4;
  const memory = layOut(word, word, word, word, starts, count * COLOURS * 4, parentColours.byteLength);
  memory.integers(STARTS).set(slots);
  memory.integers(STARTS)[slots.length] = count;
  memory.floats(PARENT_COLOURS).set(parentColours);
  const sheet = { memory, level };
  writeNeighbours(sheet);
  writePixels(sheet);
  if (coarser) writeParents(sheet, coarser);
  return sheet;
}

function writeNeighbours({ memory, level: { members } }: Sheet): void {
  const [above, below] = [memory.integers(ABOVE), memory.integers(BELOW)];
  const [rowAbove, rowBelow] = [new Int32Array(members.width), new Int32Array(members.width)];
  for (let y = 0, k = 0; y < members.height; y++) {
    const end = members.rows[y + 1] as number;
    if (members.rows[y] === end) continue;
    writeSlots(members, y - 1, rowAbove);
    writeSlots(members, y + 1, rowBelow);
    for (let run = members.rows[y] as number; run < end; run++) {
      for (let x = members.firsts[run] as number; x < (members.ends[run] as number); x++, k++) {
        above[k] = rowAbove[x] as number;
        below[k] = rowBelow[x] as number;
      }
    }
  }
}

/** The pixels of a level are those of the photo that are 1 << depth apart. */
function writePixels({ memory, level: { members, depth, photo } }: Sheet): void {
  const pixels = memory.bytes(PIXELS);
  for (let y = 0, at = 0; y < members.height; y++) {
    const start = (y << depth) * photo.width;
    for (let run = members.rows[y] as number; run < (members.rows[y + 1] as number); run++) {
      for (let x = members.firsts[run] as number; x < (members.ends[run] as number); x++, at += 4) {
        const from = start + (x << depth);
        pixels[at] = photo.rgb[from * 3] as number;
        pixels[at + 1] = photo.rgb[from * 3 + 1] as number;
        pixels[at + 2] = photo.rgb[from * 3 + 2] as number;
        pixels[at + 3] = photo.alpha[from] as number;
      }
    }
  }
}

function writeParents({ memory, level: { members } }: Sheet, coarser: Level): void {
  const parents = memory.integers(PARENTS);
  const row = new Int32Array(coarser.members.width);
  for (let y = 0, k = 0; y < members.height; y++) {
    if (y % 2 === 0) writeSlots(coarser.members, y >> 1, row);
    for (let run = members.rows[y] as number; run < (members.rows[y + 1] as number); run++) {
      for (let x = members.firsts[run] as number; x < (members.ends[run] as number); x++, k++) {
        parents[k] = row[x >> 1] as number;
      }
    }
  }
}

/** The coarsest level starts from the photo's own colours, for subject and background alike. */
function takeColours({ memory, level }: Sheet): void {
  const pixels = memory.bytes(PIXELS);
  const colours = memory.floats(OWN_COLOURS);
  for (let k = 0; k < level.members.count; k++) {
    for (let c = 0; c < 3; c++) {
      const value = pixels[k * 4 + c] as number;
      colours[k * COLOURS + c] = colours[k * COLOURS + COLOURS / 2 + c] = value;
    }
  }
}

/** Gauss–Seidel: each pixel against its neighbours, its 2 × 2 system solved exactly. */
function sweep({ memory, level: { members } }: Sheet): void {
  const at = memory.addresses as readonly [number, number, number, number, number, number, number];
  const edge = SMOOTHNESS_AT_EDGES / 255;
  const runs = members.firsts.length;
  memory.run.sweepColours(at[PIXELS], at[ABOVE], at[BELOW], at[OWN_COLOURS], at[STARTS], runs, SMOOTHNESS, edge);
}

/** Colours of the members, in the kernels' memory, until that is laid out anew. */
function estimateLevel(level: Level, coarser: Level | undefined, parentColours: Colours): Colours {
  const sheet = laySheet(level, coarser, parentColours);
  const { memory } = sheet;
  const at = memory.addresses as readonly [number, number, number, number, number, number, number];
  const { width, height, count } = level.members;
  if (coarser) memory.run.inheritColours(at[PARENTS], at[PARENT_COLOURS], at[OWN_COLOURS], count);
  else takeColours(sheet);
  const sweeps = Math.max(width, height) <= COARSE_SIDE ? SWEEPS_WHEN_COARSE : SWEEPS;
  for (let n = 0; n < sweeps; n++) sweep(sheet);
  return memory.floats(OWN_COLOURS);
}

/** Each soft pixel of the photo gets the colour of the member that it lies in. */
function paintSoft({ photo, members, depth }: Level, colours: Colours): void {
  for (let y = 0; y < photo.height; y++) {
    const row = y >> depth;
    for (let run = members.rows[row] as number; run < (members.rows[row + 1] as number); run++) {
      const first = members.firsts[run] as number;
      const slot = members.slots[run] as number;
      const end = Math.min(photo.width, (members.ends[run] as number) << depth);
      for (let x = first << depth; x < end; x++) {
        const i = y * photo.width + x;
        if (!isSoft(photo.alpha[i] as number)) continue;
        const from = (slot + (x >> depth) - first) * COLOURS;
        for (let c = 0; c < 3; c++) photo.rgb[i * 3 + c] = (colours[from + c] as number) + 0.5;
      }
    }
  }
}

/** In place: soft pixels get the subject's colour, all others keep theirs. */
export function estimateForeground(image: Pick<ImageRaster, 'rgb' | 'width' | 'height'>, alpha: Uint8Array): void {
  const levels = listLevels({ rgb: image.rgb, alpha, width: image.width, height: image.height });
  const [finest] = levels as [Level];
  let coarser: Level | undefined;
  let colours: Colours = new Float32Array(0);
  for (const level of levels.reverse()) {
    // Out of the memory that the next level lays out anew.
    colours = estimateLevel(level, coarser, colours.slice());
    coarser = level;
  }
  paintSoft(finest, colours);
  releaseMemory();
}
