/** Where the subject is: the smallest box that holds every pixel which the eye would see. */
import type { ForegroundBox } from '../removal-options.ts';

/** 5 % of full alpha. Networks leave a haze of a few steps over the background, which must not widen the box. */
const VISIBLE_ALPHA = 13;

const isVisible = (alpha: Uint8Array, i: number): boolean => (alpha[i] as number) >= VISIBLE_ALPHA;

function findFirst(alpha: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && !isVisible(alpha, i)) i++;
  return i;
}

function findLast(alpha: Uint8Array, from: number, to: number): number {
  let i = to;
  while (i > from && !isVisible(alpha, i)) i--;
  return i;
}

/** All zero when nothing is visible. By rows, each only as far as the box is not known to reach already. */
export function findForegroundBox(alpha: Uint8Array, width: number): ForegroundBox {
  const first = findFirst(alpha, 0, alpha.length);
  if (first === alpha.length) return { top: 0, left: 0, width: 0, height: 0 };
  const top = Math.floor(first / width);
  const bottom = Math.floor(findLast(alpha, first, alpha.length - 1) / width);
  let left = width - 1;
  let right = 0;
  for (let y = top, row = top * width; y <= bottom; y++, row += width) {
    left = findFirst(alpha, row, row + left) - row;
    right = findLast(alpha, row + right, row + width - 1) - row;
  }
  return { top, left, width: right - left + 1, height: bottom - top + 1 };
}
