import { expect, test } from 'vitest';
import { fitColourLines } from '../../../src/domain/matting/closed-form.ts';
import type { ReducedSquare } from '../../../src/domain/matting/reduce.ts';

/** No multiple of four, so that the last group of a row reaches over the border. */
const [WIDTH, HEIGHT] = [14, 9];
const CELLS = WIDTH * HEIGHT;
const EPSILON = 1e-4 / 9;
const PRIOR = 0.01;

/** Two flat grounds, a sharp edge between greys and texture. */
function makeGrid(): ReducedSquare {
  const colours = new Float32Array(CELLS * 3);
  const alpha = new Float32Array(CELLS);
  for (let i = 0; i < CELLS; i++) {
    const x = i % WIDTH;
    const noise = ((i * 7919) % 997) / 997;
    const grey = x < 6 ? 0.2 : 0.9;
    colours.set(x < 10 ? [grey, grey, grey] : [noise, 0.5 * noise + 0.1, ((i * 31) % 17) / 17], i * 3);
    alpha[i] = x < 4 ? 0 : x > 9 ? 1 : (x - 3) / 7;
  }
  return { alpha, colours, width: WIDTH, height: HEIGHT };
}

/** By the elimination of Gauss and Jordan, in double precision; `rows` hold the right side as their last columns. */
function solve(rows: number[][]): number[][] {
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k; i < n; i++) if (Math.abs(rows[i]?.[k] ?? 0) > Math.abs(rows[best]?.[k] ?? 0)) best = i;
    const pivot = rows[best] ?? [];
    rows[best] = rows[k] ?? [];
    const scale = pivot[k] ?? 1;
    rows[k] = pivot.map((value) => value / scale);
    rows.forEach((row, i) => {
      if (i === k) return;
      const factor = row[k] ?? 0;
      rows[i] = row.map((value, j) => value - factor * (rows[k]?.[j] ?? 0));
    });
  }
  return rows.map((row) => row.slice(n));
}

const range = (length: number) => Array.from({ length }, (_, i) => i);

function listWindows(): number[][] {
  const middles = range(CELLS).filter((i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return x > 0 && y > 0 && x < WIDTH - 1 && y < HEIGHT - 1;
  });
  return middles.map((i) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => i + dy * WIDTH + dx)));
}

/** The ridge regression of a window as the matrix that makes its four numbers from the alphas of its nine cells. */
function fitWindow(cells: number[], { colours }: ReducedSquare): number[][] {
  const rows = cells.map((i) => [...colours.subarray(i * 3, i * 3 + 3), 1]);
  const normal = range(4).map((a) => [
    ...range(4).map((b) => {
      const sum = rows.reduce((total, row) => total + (row[a] ?? 0) * (row[b] ?? 0), 0);
      return sum + (a === b && a < 3 ? 9 * EPSILON : 0);
    }),
    ...rows.map((row) => row[a] ?? 0),
  ]);
  return solve(normal);
}

/** Levin's equations written down and solved, and the mean of the windows' functions at each cell. */
function solveByHand(grid: ReducedSquare, isUnknown: Uint8Array): number[][] {
  const windows = listWindows().map((cells) => ({ cells, fit: fitWindow(cells, grid) }));
  const matrix = range(CELLS).map(() => new Array<number>(CELLS).fill(0));
  for (const { cells, fit } of windows) {
    for (const i of cells) {
      const colour = [...grid.colours.subarray(i * 3, i * 3 + 3), 1];
      const row = matrix[i] ?? [];
      for (const [k, j] of cells.entries()) {
        const said = colour.reduce((sum, value, c) => sum + value * (fit[c]?.[k] ?? 0), 0);
        row[j] = (row[j] ?? 0) + (i === j ? 1 : 0) - said;
      }
    }
  }
  const equations = range(CELLS).map((i) => {
    const given = grid.alpha[i] ?? 0;
    if (!isUnknown[i]) return [...range(CELLS).map((j) => (i === j ? 1 : 0)), given];
    const row = matrix[i] ?? [];
    return [...row.map((value, j) => value + (i === j ? PRIOR : 0)), PRIOR * given];
  });
  const alpha = solve(equations).map(([a]) => a ?? 0);
  const sums = range(CELLS).map(() => [0, 0, 0, 0, 0]);
  for (const { cells, fit } of windows) {
    const line = fit.map((row) => cells.reduce((sum, i, k) => sum + (row[k] ?? 0) * (alpha[i] ?? 0), 0));
    for (const i of cells) sums[i] = [...line, 1].map((value, c) => value + (sums[i]?.[c] ?? 0));
  }
  return sums.map((sum) => sum.slice(0, 4).map((value) => value / (sum[4] ?? 1)));
}

test('it is the solution of the equations, at the border too', () => {
  const grid = makeGrid();
  const isUnknown = Uint8Array.from(grid.alpha, (a) => (a > 0 && a < 1 ? 1 : 0));
  const lines = fitColourLines(grid, isUnknown, { epsilon: EPSILON, prior: PRIOR, steps: 500 });
  const expected = solveByHand(grid, isUnknown);
  for (const i of range(CELLS).filter((cell) => isUnknown[cell])) {
    const found = [lines.red, lines.green, lines.blue, lines.constant].map((plane) => plane[i] ?? Number.NaN);
    const [r = 0, g = 0, b = 0] = grid.colours.subarray(i * 3);
    const alphaBy = (line: readonly number[]) =>
      [r, g, b, 1].reduce((sum, value, c) => sum + value * (line[c] ?? Number.NaN), 0);
    expect(alphaBy(found), `cell ${i}`).toBeCloseTo(alphaBy(expected[i] ?? []), 2);
  }
});

test('more steps do not leave the solution again', () => {
  const grid = makeGrid();
  const isUnknown = Uint8Array.from(grid.alpha, (a) => (a > 0 && a < 1 ? 1 : 0));
  const [enough, many] = [500, 5_000].map((steps) =>
    fitColourLines(grid, isUnknown, { epsilon: EPSILON, prior: PRIOR, steps }),
  );
  for (const [i, value] of many?.constant.entries() ?? []) {
    if (isUnknown[i]) expect(value).toBeCloseTo(enough?.constant[i] ?? Number.NaN, 2);
  }
});

test('where nothing is sought, nothing fails', () => {
  const lines = fitColourLines(makeGrid(), new Uint8Array(CELLS), { epsilon: EPSILON, prior: PRIOR, steps: 10 });
  expect(lines.red).toHaveLength(CELLS);
});
