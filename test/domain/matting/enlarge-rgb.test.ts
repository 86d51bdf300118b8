import { describe, expect, it } from 'vitest';
import { enlargeRgb } from '../../../src/domain/matting/enlarge-rgb.ts';

const makeRgb = (width: number, height: number, at: (x: number, y: number, channel: number) => number) =>
  Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return at(pixel % width, Math.floor(pixel / width), i % 3);
  });

/** Catmull–Rom in floats, a pixel at a time, clamped after each direction. */
function enlargeSlowly(rgb: Uint8Array, from: [number, number], to: [number, number], x: number, y: number, c: number) {
  const weigh = (d: number): number => {
    const a = Math.abs(d);
    return a < 1 ? (1.5 * a - 2.5) * a * a + 1 : a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
  };
  const u = ((x + 0.5) * from[0]) / to[0] - 0.5;
  const v = ((y + 0.5) * from[1]) / to[1] - 0.5;
  const clamp = (value: number): number => Math.min(255, Math.max(0, value));
  let sum = 0;
  for (let j = Math.floor(v) - 1; j <= Math.floor(v) + 2; j++) {
    const row = Math.min(from[1] - 1, Math.max(0, j));
    let across = 0;
    for (let i = Math.floor(u) - 1; i <= Math.floor(u) + 2; i++) {
      const column = Math.min(from[0] - 1, Math.max(0, i));
      across += weigh(u - i) * (rgb[(row * from[0] + column) * 3 + c] as number);
    }
    sum += weigh(v - j) * clamp(across);
  }
  return clamp(sum);
}

describe('enlargeRgb', () => {
  it.each([
    [[7, 5] as [number, number], [23, 17] as [number, number]],
    [[1, 1] as [number, number], [16, 16] as [number, number]],
    [[3, 40] as [number, number], [64, 41] as [number, number]],
    [[33, 2] as [number, number], [33, 100] as [number, number]],
    [[2, 33] as [number, number], [100, 33] as [number, number]],
  ])('is the cubic kernel to a step or two of 255: %j to %j', (from, to) => {
    const rgb = makeRgb(from[0], from[1], (x, y, c) => ((x * 7 + y * 13 + c * 5) * 2654435761) >>> 24);
    const result = enlargeRgb(rgb, { width: from[0], height: from[1] }, { width: to[0], height: to[1] });
    expect(result.length).toBe(to[0] * to[1] * 3);
    for (let i = 0; i < result.length; i++) {
      const pixel = Math.floor(i / 3);
      const expected = enlargeSlowly(rgb, from, to, pixel % to[0], Math.floor(pixel / to[0]), i % 3);
      expect(Math.abs((result[i] as number) - expected)).toBeLessThan(2);
    }
  });

  it('leaves a flat picture flat, white and black too, and a picture of that size as it is', () => {
    for (const value of [0, 1, 128, 255]) {
      const flat = makeRgb(9, 11, () => value);
      const result = enlargeRgb(flat, { width: 9, height: 11 }, { width: 50, height: 60 });
      expect(result.every((byte) => byte === value)).toBe(true);
    }
    const rgb = makeRgb(5, 5, (x, y, c) => x * 40 + y + c);
    expect(enlargeRgb(rgb, { width: 5, height: 5 }, { width: 5, height: 5 })).toEqual(rgb);
  });

  it('puts what is in the middle into the middle', () => {
    const rgb = makeRgb(41, 41, (x, y) => (x === 20 && y === 20 ? 255 : 0));
    const result = enlargeRgb(rgb, { width: 41, height: 41 }, { width: 100, height: 90 });
    let [weight, across, down] = [0, 0, 0];
    for (let i = 0; i < result.length; i += 3) {
      const value = result[i] as number;
      weight += value;
      across += value * ((i / 3) % 100);
      down += value * Math.floor(i / 300);
    }
    expect(across / weight).toBeCloseTo(49.5, 1);
    expect(down / weight).toBeCloseTo(44.5, 1);
  });
});
