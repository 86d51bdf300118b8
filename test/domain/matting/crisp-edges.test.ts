import { expect, test } from 'vitest';
import { crispEdges } from '../../../src/domain/matting/crisp-edges.ts';

const SIDE = 256;

/** A ramp from 0 to 1 of that many columns in the middle, between what is outside and what is inside. */
function makeRamp(columns: number) {
  const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.min(1, Math.max(0, ((i % SIDE) - SIDE / 2) / columns + 0.5)),
  );
  return { data, width: SIDE, height: SIDE };
}

const rowOf = (data: Float32Array, y = SIDE / 2) => data.slice(y * SIDE, (y + 1) * SIDE);

test('a plain outline is made steeper, and stays where it is', () => {
  const matte = makeRamp(6);
  const [below, above] = [SIDE / 2 - 2, SIDE / 2 + 2];
  const [lower = 0, upper = 0] = [rowOf(matte.data)[below], rowOf(matte.data)[above]];
  crispEdges(matte);
  const row = rowOf(matte.data);
  expect(row[below]).toBeLessThan(lower - 0.1);
  expect(row[above]).toBeGreaterThan(upper + 0.1);
  expect(row[SIDE / 2]).toBeCloseTo(0.5, 5);
  expect(row[SIDE / 2 - 10]).toBeLessThanOrEqual(0);
  expect(row[SIDE / 2 + 10]).toBeGreaterThanOrEqual(1);
});

test('what is soft over a wide strip, such as hair, keeps every value', () => {
  const matte = makeRamp(80);
  const before = matte.data.slice();
  crispEdges(matte);
  const middle = (data: Float32Array) => rowOf(data).slice(SIDE / 2 - 16, SIDE / 2 + 16);
  expect(middle(matte.data)).toEqual(middle(before));
});

test('a width that is no whole number of cells is taken to its last column', () => {
  const matte = { data: new Float32Array(5 * 3).fill(0.02), width: 5, height: 3 };
  crispEdges(matte);
  for (const alpha of matte.data) expect(alpha).toBeLessThan(0);
});
