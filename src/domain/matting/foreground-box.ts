/** Where the subject is: the smallest box that holds every pixel which the eye would see. */
import type { ForegroundBox } from '../removal-options.ts';

/** 5 % of full alpha. Networks leave a haze of a few steps over the background, which must not widen the box. */
const VISIBLE_ALPHA = 13;

function hasVisible(alpha: Uint8Array, from: number, to: number, step: number): boolean {
  for (let i = from; i < to; i += step) if ((alpha[i] as number) >= VISIBLE_ALPHA) return true;
  return false;
}

/** All zero when nothing is visible. */
export function findForegroundBox(alpha: Uint8Array, width: number, height: number): ForegroundBox {
  const isRowVisible = (y: number) => hasVisible(alpha, y * width, (y + 1) * width, 1);
  let top = 0;
  while (top < height && !isRowVisible(top)) top++;
  if (top === height) return { top: 0, left: 0, width: 0, height: 0 };
  let bottom = height - 1;
  while (!isRowVisible(bottom)) bottom--;

  const isColumnVisible = (x: number) => hasVisible(alpha, top * width + x, (bottom + 1) * width, width);
  let left = 0;
  while (!isColumnVisible(left)) left++;
  let right = width - 1;
  while (!isColumnVisible(right)) right--;
  return { top, left, width: right - left + 1, height: bottom - top + 1 };
}
