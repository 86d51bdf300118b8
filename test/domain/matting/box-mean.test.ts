import { expect, test } from 'vitest';
import { averageBoxes } from '../../../src/domain/matting/box-mean.ts';

/** The mean of every window, cell by cell. */
function averageSlowly(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  return plane.map((_, i) => {
    const [cx, cy] = [i % width, Math.floor(i / width)];
    let [sum, count] = [0, 0];
    for (let y = Math.max(0, cy - radius); y <= Math.min(height - 1, cy + radius); y++) {
      for (let x = Math.max(0, cx - radius); x <= Math.min(width - 1, cx + radius); x++, count++) {
        sum += plane[y * width + x] ?? 0;
      }
    }
    return sum / count;
  });
}

test.each([
  [20, 30, 4],
  [7, 5, 1],
  [5, 3, 16],
  [1, 9, 2],
  [9, 1, 2],
  [4, 4, 0],
])('%i × %i cells in windows of radius %i: each mean is that of its cells', (width, height, radius) => {
  const plane = Float32Array.from({ length: width * height }, (_, i) => ((i * 7919) % 101) / 100);
  const slow = averageSlowly(plane, width, height, radius);
  for (const [i, mean] of averageBoxes(plane, width, height, radius).entries())
    expect(mean).toBeCloseTo(slow[i] ?? -1, 6);
});
