import { describe, expect, it } from 'vitest';
import { resampleWhole } from '../../helpers/planes.ts';

const makePlane = (width: number, height: number, at: (x: number, y: number) => number) => ({
  data: Float32Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width))),
  width,
  height,
});

describe('createRowResampler', () => {
  it.each([
    [64, 64, 200, 150],
    [64, 64, 20, 17],
    [64, 64, 1, 500],
    [64, 64, 500, 1],
    [3, 5, 1, 1],
    [1, 1, 40, 3],
  ])('keeps a constant plane constant: %i × %i to %i × %i', (width, height, toWidth, toHeight) => {
    const result = resampleWhole(
      makePlane(width, height, () => 0.37),
      toWidth,
      toHeight,
    );
    expect([result.width, result.height, result.data.length]).toEqual([toWidth, toHeight, toWidth * toHeight]);
    for (const value of result.data) expect(value).toBeCloseTo(0.37, 5);
  });

  it('follows a slope exactly, away from the edges, in both directions and without steps of 1/255', () => {
    const source = makePlane(32, 32, (x, y) => 0.001 * (x + 0.5) + 0.002 * (y + 0.5));
    const result = resampleWhole(source, 128, 96);
    for (let y = 9; y < 87; y++) {
      for (let x = 9; x < 119; x++) {
        const expected = (0.001 * (x + 0.5)) / 4 + (0.002 * (y + 0.5)) / 3;
        expect(result.data[y * 128 + x]).toBeCloseTo(expected, 6);
      }
    }
  });

  it('overshoots at an edge, as a cubic kernel does', () => {
    const result = resampleWhole(
      makePlane(8, 8, (x) => (x < 4 ? 0 : 1)),
      64,
      64,
    );
    expect(Math.max(...result.data)).toBeGreaterThan(1.01);
    expect(Math.min(...result.data)).toBeLessThan(-0.01);
  });

  it('gives every source value its share when it reduces', () => {
    const result = resampleWhole(
      makePlane(100, 1, (x) => x % 2),
      10,
      1,
    );
    for (const value of result.data.subarray(1, 9)) expect(Math.abs(value - 0.5)).toBeLessThan(0.02);
  });

  it('changes nothing for the same size', () => {
    const source = makePlane(4, 4, (x, y) => x * 0.3 - y * 0.7);
    expect(resampleWhole(source, 4, 4)).toEqual(source);
  });
});
