/**
 * The subject's own colour under soft alpha, so that no old background shows in the hair over a new one.
 *
 * Multi-level estimation: Germer, Uelwer, Conrad and Harmeling, "Fast multi-level foreground estimation", ICPR 2020. On
 * the coarsest level the colours of subject and background are sought everywhere; each finer level starts from the one
 * before it and improves it by a few sweeps that weigh the compositing equation against smoothness. Here the finer
 * levels are computed in the soft band alone: elsewhere the photo's colour is the subject's, or nobody sees it.
 */
import { dilateMask } from './dilate.ts';
import type { ImageRaster } from './raster.ts';

/** Weight of smoothness, and what a full step of alpha adds to it: the values of the paper. */
const SMOOTHNESS = 5e-3;
const SMOOTHNESS_AT_EDGES = 1;

const SWEEPS = 2;
const SWEEPS_WHEN_COARSE = 10;

/** Levels of at most this side are computed whole. */
const COARSE_SIDE = 32;

type Level = { readonly rgb: Uint8Array; readonly alpha: Uint8Array; readonly width: number; readonly height: number };

/** The pixels of a level that are computed: `slots` holds 1 + the place of a pixel in `pixels`, or 0. */
type Members = { readonly pixels: Int32Array; readonly slots: Int32Array };

/** 6 floats of 0..255 a member: colour of the subject, colour of the background. */
type Estimate = { readonly members: Members; readonly colours: Float32Array; readonly width: number };

const isSoft = (a: number): boolean => a > 0 && a < 255;

function maskSoft(alpha: Uint8Array): Uint8Array {
  const mask = new Uint8Array(alpha.length);
  for (let i = 0; i < mask.length; i++) if (isSoft(alpha[i] as number)) mask[i] = 1;
  return mask;
}

/** Half the size, by the nearest pixel: as in the paper, so that no colours mix. */
function halve({ rgb, alpha, width, height }: Level): Level {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const half: Level = { rgb: new Uint8Array(w * h * 3), alpha: new Uint8Array(w * h), width: w, height: h };
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++, i++) {
      const from = 2 * y * width + 2 * x;
      half.alpha[i] = alpha[from] as number;
      for (let c = 0; c < 3; c++) half.rgb[i * 3 + c] = rgb[from * 3 + c] as number;
    }
  }
  return half;
}

function toMembers(mask: Uint8Array): Members {
  let count = 0;
  const slots = new Int32Array(mask.length);
  for (let i = 0; i < mask.length; i++) if (mask[i]) slots[i] = ++count;
  const pixels = new Int32Array(count);
  for (let i = 0, k = 0; k < count; i++) if (mask[i]) pixels[k++] = i;
  return { pixels, slots };
}

/** Every pixel of a level has its parent computed on the next one, and the parent's neighbours too. */
function listMembers(levels: readonly Level[]): Members[] {
  let mask = new Uint8Array(0);
  return levels.map(({ alpha, width, height }, depth) => {
    if (depth === 0) {
      mask = dilateMask(maskSoft(alpha), width, height, 1);
      return toMembers(mask);
    }
    const fine = levels[depth - 1] as Level;
    const parents = new Uint8Array(width * height);
    for (let y = 0, i = 0; y < fine.height; y++) {
      for (let x = 0; x < fine.width; x++, i++) if (mask[i]) parents[(y >> 1) * width + (x >> 1)] = 1;
    }
    mask = Math.max(width, height) <= COARSE_SIDE ? parents.fill(1) : dilateMask(parents, width, height, 1);
    return toMembers(mask);
  });
}

/** Starts from the coarser level, or from the photo's own colours. */
function startLevel({ rgb, width }: Level, { pixels }: Members, coarser: Estimate | undefined): Float32Array {
  const colours = new Float32Array(pixels.length * 6);
  for (let k = 0; k < pixels.length; k++) {
    const i = pixels[k] as number;
    const parent = coarser && (((i / width) | 0) >> 1) * coarser.width + ((i % width) >> 1);
    const from = coarser && parent !== undefined ? ((coarser.members.slots[parent] as number) - 1) * 6 : 0;
    for (let c = 0; c < 6; c++) {
      colours[k * 6 + c] = coarser ? (coarser.colours[from + c] as number) : (rgb[i * 3 + (c % 3)] as number);
    }
  }
  return colours;
}

/** One sweep of Gauss–Seidel: each pixel against its neighbours, its 2 × 2 system solved exactly. */
function sweep(level: Level, { pixels, slots }: Members, colours: Float32Array, weightOf: Float32Array): void {
  const { rgb, alpha, width } = level;
  const sums = new Float32Array(6);
  for (let k = 0; k < pixels.length; k++) {
    const i = pixels[k] as number;
    const x = i % width;
    const own = alpha[i] as number;
    let total = 0;
    sums.fill(0);
    for (let side = 0; side < 4; side++) {
      if ((side === 0 && x === 0) || (side === 1 && x === width - 1)) continue;
      const j = side === 0 ? i - 1 : side === 1 ? i + 1 : side === 2 ? i - width : i + width;
      const slot = j >= 0 && j < slots.length ? (slots[j] as number) : 0;
      if (slot === 0) continue;
      const weight = weightOf[Math.abs(own - (alpha[j] as number))] as number;
      const from = (slot - 1) * 6;
      total += weight;
      for (let c = 0; c < 6; c++) sums[c] = (sums[c] as number) + weight * (colours[from + c] as number);
    }
    if (total === 0) continue;
    const a = own / 255;
    const b = 1 - a;
    // (a² + t) F + ab B = aI + ΣF,  ab F + (b² + t) B = bI + ΣB
    const determinant = total * (a * a + b * b + total);
    for (let c = 0; c < 3; c++) {
      const value = rgb[i * 3 + c] as number;
      const f = a * value + (sums[c] as number);
      const g = b * value + (sums[c + 3] as number);
      colours[k * 6 + c] = Math.min(255, Math.max(0, ((b * b + total) * f - a * b * g) / determinant));
      colours[k * 6 + c + 3] = Math.min(255, Math.max(0, ((a * a + total) * g - a * b * f) / determinant));
    }
  }
}

/** In place: soft pixels get the subject's colour, all others keep theirs. */
export function estimateForeground(image: Pick<ImageRaster, 'rgb' | 'width' | 'height'>, alpha: Uint8Array): void {
  const weightOf = Float32Array.from({ length: 256 }, (_, d) => SMOOTHNESS + (SMOOTHNESS_AT_EDGES * d) / 255);
  const finest: Level = { rgb: image.rgb, alpha, width: image.width, height: image.height };
  const levels = [finest];
  for (let last = finest; Math.max(last.width, last.height) > 1; levels.push(last)) last = halve(last);
  const members = listMembers(levels);

  let estimate: Estimate | undefined;
  for (let depth = levels.length - 1; depth >= 0; depth--) {
    const level = levels[depth] as Level;
    const own = members[depth] as Members;
    const colours = startLevel(level, own, estimate);
    const sweeps = Math.max(level.width, level.height) <= COARSE_SIDE ? SWEEPS_WHEN_COARSE : SWEEPS;
    for (let n = 0; n < sweeps; n++) sweep(level, own, colours, weightOf);
    estimate = { members: own, colours, width: level.width };
  }

  const { pixels } = members[0] as Members;
  for (let k = 0; k < pixels.length; k++) {
    const i = pixels[k] as number;
    if (!isSoft(alpha[i] as number)) continue;
    for (let c = 0; c < 3; c++) image.rgb[i * 3 + c] = (estimate?.colours[k * 6 + c] as number) + 0.5;
  }
}
