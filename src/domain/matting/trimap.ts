/** Three values for programs that refine mattes: 255 subject, 0 background, 128 where one cannot know. */
import type { Size } from './cutout.ts';
import { measureNearness } from './near-set.ts';

export const UNSURE = 128;

/** What is as good as none, and as good as full: 5 % from either end. */
const SURE_BACKGROUND = 12;
const SURE_SUBJECT = 243;

/** Of the longer side: how far around soft pixels nothing is sure. Two pixels at least. */
const BAND = 0.005;

/** Whether one is sure to be subject and the other sure to be background. */
const areOpposed = (a: number, b: number): boolean =>
  Math.max(a, b) >= SURE_SUBJECT && Math.min(a, b) <= SURE_BACKGROUND;

function isBorder(matte: Uint8Array, i: number, width: number): boolean {
  const value = matte[i] as number;
  if (value > SURE_BACKGROUND && value < SURE_SUBJECT) return true;
  if (i >= width && areOpposed(value, matte[i - width] as number)) return true;
  return i % width > 0 && areOpposed(value, matte[i - 1] as number);
}

export function makeTrimap(matte: Uint8Array, size: Size): Uint8Array {
  const reach = Math.max(2, Math.round(Math.max(size.width, size.height) * BAND)) + 1;
  const distances = measureNearness(size, (i) => isBorder(matte, i, size.width), reach);
  const squares = new Float32Array(size.width);
  const trimap = new Uint8Array(matte.length);
  for (let y = 0, i = 0; y < size.height; y++) {
    distances(y, squares);
    for (let x = 0; x < size.width; x++, i++) {
      if (squares[x] !== Number.POSITIVE_INFINITY) trimap[i] = UNSURE;
      else trimap[i] = (matte[i] as number) >= SURE_SUBJECT ? 255 : 0;
    }
  }
  return trimap;
}
