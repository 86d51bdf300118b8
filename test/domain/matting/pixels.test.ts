import { describe, expect, it } from 'vitest';
import { finishAlpha } from '../../../src/domain/matting/alpha.ts';
import { clearHidden, flattenOverWhite } from '../../../src/domain/matting/composite.ts';
import { findForegroundBox } from '../../../src/domain/matting/foreground-box.ts';
import { toInputTensor } from '../../../src/domain/matting/tensor.ts';

const bytes = (...values: number[]) => new Uint8Array(values);
/** A matte of the picture's own size. */
const finish = (values: readonly number[], own?: Uint8Array, shift = 0) => {
  const size = { width: values.length, height: 1 };
  return finishAlpha(
    { data: new Float32Array(values), ...size },
    { rgb: bytes(), ...size, ...(own && { alpha: own }) },
    shift,
  );
};

describe('toInputTensor', () => {
  it('lays the channels out as planes, normalised by the mean and deviation of each', () => {
    const tensor = toInputTensor(bytes(0, 51, 255, 255, 102, 0), { mean: [0.5, 0, 1], std: [1, 0.5, 2] });
    const expected = [-0.5, 0.5, 0.4, 0.8, 0, -0.5];
    expect(tensor).toHaveLength(6);
    for (const [i, value] of expected.entries()) expect(tensor[i]).toBeCloseTo(value, 6);
  });
});

describe('finishAlpha', () => {
  it('clamps, and rounds to the nearest byte', () => {
    expect(finish([-0.2, 0, 0.4999 / 255, 0.5001 / 255, 0.5, 1, 1.3])).toEqual(bytes(0, 0, 0, 1, 128, 255, 255));
  });
  it('multiplies by the source, and rounds once', () => {
    // Rounded to bytes first it would be round(128 × 3 / 255) = 2.
    expect(finish([0.499, 1, 0.5, 0], bytes(3, 7, 200, 255))).toEqual(bytes(1, 7, 100, 0));
  });
  it('takes a matte back that its model puts out of its place', () => {
    expect(finish([0, 0, 0.2, 0.4, 0.6, 0.6, 0.6], undefined, -1)).toEqual(finish([0, 0, 0, 0.2, 0.4, 0.6, 0.6]));
  });
  it('takes what is not a number for background', () => {
    expect(finish([Number.NaN, Number.NaN, Number.NaN])).toEqual(bytes(0, 0, 0));
  });
});

describe('clearHidden', () => {
  it('keeps the colour under any alpha but 0', () => {
    const rgb = bytes(9, 8, 7, 6, 5, 4);
    clearHidden(rgb, bytes(1, 0));
    expect(rgb).toEqual(bytes(9, 8, 7, 0, 0, 0));
  });
  it.each([0, 1, 2, 3])('does so for any mixture of hidden and seen pixels, %i bytes into a larger array', (offset) => {
    for (let seed = 0; seed < 200; seed++) {
      const count = 1 + (seed % 23);
      const random = (i: number): number => Math.imul(seed * 97 + i * 31 + 7, 2654435761) >>> 24;
      const alpha = new Uint8Array(count + offset).subarray(offset);
      for (let i = 0; i < count; i++) alpha[i] = random(i) < 128 ? 0 : random(i);
      const rgb = new Uint8Array(count * 3 + offset).subarray(offset);
      for (let i = 0; i < rgb.length; i++) rgb[i] = 1 + (i % 255);
      const expected = [...rgb].map((value, i) => (alpha[Math.floor(i / 3)] === 0 ? 0 : value));
      clearHidden(rgb, alpha);
      expect([...rgb]).toEqual(expected);
    }
  });
});

describe('flattenOverWhite', () => {
  it('gives white, the mixture and the colour', () => {
    expect(flattenOverWhite(bytes(10, 20, 30, 0, 100, 255, 10, 20, 30), bytes(0, 128, 255))).toEqual(
      bytes(255, 255, 255, 127, 177, 255, 10, 20, 30),
    );
  });
  it('agrees with exact arithmetic for every byte and alpha', () => {
    const rgb = bytes(...Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3)));
    for (let a = 0; a < 256; a++) {
      const flat = flattenOverWhite(rgb, new Uint8Array(256).fill(a));
      for (let p = 0; p < 256; p++) expect(flat[p * 3]).toBe(Math.floor((p * a + 255 * (255 - a)) / 255 + 0.5));
    }
  });
});

describe('findForegroundBox', () => {
  it('holds every visible pixel and ignores the haze', () => {
    const alpha = new Uint8Array(8 * 6).fill(12);
    alpha[2 * 8 + 3] = 13;
    alpha[4 * 8 + 1] = 255;
    expect(findForegroundBox(alpha, 8)).toEqual({ top: 2, left: 1, width: 3, height: 3 });
  });
  it('is every pixel’s own, and spans any two', () => {
    for (let i = 0; i < 20; i++) {
      for (let j = i; j < 20; j++) {
        const alpha = new Uint8Array(20);
        alpha[i] = alpha[j] = 255;
        const [xs, ys] = [
          [i % 5, j % 5],
          [Math.floor(i / 5), Math.floor(j / 5)],
        ] as const;
        const [left, top] = [Math.min(...xs), Math.min(...ys)];
        const [width, height] = [Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
        expect(findForegroundBox(alpha, 5)).toEqual({ top, left, width, height });
      }
    }
  });
  it('is all zero when nothing is visible', () => {
    expect(findForegroundBox(new Uint8Array(6), 3)).toEqual({ top: 0, left: 0, width: 0, height: 0 });
  });
  it('reaches every edge', () => {
    expect(findForegroundBox(new Uint8Array(6).fill(255), 3)).toEqual({ top: 0, left: 0, width: 3, height: 2 });
  });
});
