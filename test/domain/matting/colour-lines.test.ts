import { expect, test } from 'vitest';
import { fitColourLines } from '../../../src/domain/matting/colour-lines.ts';
import type { ReducedSquare } from '../../../src/domain/matting/reduce.ts';

const [WIDTH, HEIGHT] = [60, 40];

/** Colours of many kinds, and an alpha that is one affine function of them. */
function makeGrid(): ReducedSquare {
  const colours = Float32Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => ((i * 7919) % 997) / 996);
  const at = (i: number) => colours[i] ?? 0;
  const alpha = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    return 0.2 * at(i * 3) + 0.5 * at(i * 3 + 1) - 0.3 * at(i * 3 + 2) + 0.4;
  });
  return { alpha, colours, width: WIDTH, height: HEIGHT };
}

test('an affine alpha is found wherever it is wanted, whatever lies between the wanted cells', () => {
  const isWanted = new Uint8Array(WIDTH * HEIGHT);
  // At the border, alone, and so near to one another that their windows overlap in part.
  const wanted = [0, 59, 20 * WIDTH + 12, 20 * WIDTH + 19, 27 * WIDTH + 30, 29 * WIDTH + 41, 39 * WIDTH + 30];
  for (const i of wanted) isWanted[i] = 1;
  const lines = fitColourLines(makeGrid(), isWanted, { radius: 3, epsilon: 1e-9 });
  for (const i of wanted) {
    const found = [lines.red[i], lines.green[i], lines.blue[i], lines.constant[i]];
    for (const [k, factor] of [0.2, 0.5, -0.3, 0.4].entries()) expect(found[k]).toBeCloseTo(factor, 3);
  }
});
