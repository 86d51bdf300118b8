import { describe, expect, test } from 'vitest';
import { hardenMatte } from '../../../src/domain/matting/harden-matte.ts';

const SIZE = 24;

/** A matte of these rows and columns, `value` inside and 0 outside, and what becomes of it. */
function hardenBlock(left: number, top: number, width: number, height: number, value = 255): Uint8Array {
  const alpha = new Uint8Array(SIZE * SIZE);
  for (let y = top; y < top + height; y++) alpha.fill(value, y * SIZE + left, y * SIZE + left + width);
  hardenMatte(alpha, SIZE, SIZE);
  return alpha;
}
const count = (alpha: Uint8Array): number => alpha.filter((value) => value === 255).length;
const at = (alpha: Uint8Array, x: number, y: number) => alpha[y * SIZE + x];

describe('hardenMatte', () => {
  test('leaves nothing between in and out', () => {
    const alpha = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => (i * 37) % 256);
    hardenMatte(alpha, SIZE, SIZE);
    expect([...new Set(alpha)].every((value) => value === 0 || value === 255)).toBe(true);
  });

  test('keeps a body with its straight edges, and rounds its corners', () => {
    const alpha = hardenBlock(6, 6, 12, 12);
    expect([at(alpha, 12, 6), at(alpha, 12, 5), at(alpha, 6, 12), at(alpha, 5, 12)]).toEqual([255, 0, 255, 0]);
    // Of each corner three pixels: opening takes the first, the Gaussian its neighbours.
    expect([at(alpha, 6, 6), at(alpha, 17, 17), at(alpha, 7, 7)]).toEqual([0, 0, 255]);
    expect(count(alpha)).toBe(144 - 4 * 3);
  });

  test('removes what is thinner than three pixels', () => {
    expect(count(hardenBlock(2, 10, 20, 2))).toBe(0);
    expect(count(hardenBlock(2, 10, 20, 5))).toBeGreaterThan(80);
  });

  test('cuts at half', () => {
    expect(count(hardenBlock(0, 0, SIZE, SIZE, 126))).toBe(0);
    expect(count(hardenBlock(0, 0, SIZE, SIZE, 127))).toBe(SIZE * SIZE);
  });

  test('goes on beyond the border as in a mirror', () => {
    const alpha = hardenBlock(0, 0, SIZE, 12);
    expect([at(alpha, 0, 0), at(alpha, SIZE - 1, 11), at(alpha, 0, 12)]).toEqual([255, 255, 0]);
  });

  test.each([
    [1, 1],
    [1, 5],
    [2, 2],
    [5, 1],
  ])('takes a picture of %i × %i', (width, height) => {
    const alpha = new Uint8Array(width * height).fill(255);
    hardenMatte(alpha, width, height);
    expect([...new Set(alpha)]).toEqual([255]);
  });
});
