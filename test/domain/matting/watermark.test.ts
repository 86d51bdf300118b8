import { describe, expect, it } from 'vitest';
import { stampCutout, stampMask } from '../../../src/domain/matting/watermark.ts';

const stamp = (width: number, height: number, colour: number, opacity: number) => {
  const rgb = new Uint8Array(width * height * 3).fill(colour);
  const alpha = new Uint8Array(width * height).fill(opacity);
  stampCutout(rgb, alpha, { width, height });
  return { rgb, alpha };
};

describe('stampCutout', () => {
  it('shows on transparent areas, and leaves the pixels between the letters alone', () => {
    const { rgb, alpha } = stamp(320, 240, 77, 0);
    const stamped = alpha.filter((a) => a === 255).length / alpha.length;
    expect(stamped).toBeGreaterThan(0.15);
    expect(stamped).toBeLessThan(0.6);
    for (const [i, a] of alpha.entries()) {
      if (a === 0) expect(rgb[i * 3]).toBe(77);
      else expect([0, 255]).toContain(rgb[i * 3]);
    }
  });

  it.each([0, 128, 255])(
    'shows on a subject of grey %i: its letters and their edge differ by the full range',
    (grey) => {
      const { rgb } = stamp(320, 240, grey, 255);
      expect(rgb.filter((p) => p === 255).length).toBeGreaterThan(320 * 240 * 0.1);
      expect(rgb.filter((p) => p === 0).length).toBeGreaterThan(320 * 240 * 0.1);
    },
  );

  it('reaches every quarter of the picture, and grows with it', () => {
    for (const side of [100, 1000]) {
      const { alpha } = stamp(side, side, 0, 0);
      for (const [top, left] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        let count = 0;
        for (let y = 0; y < side / 2; y++) {
          for (let x = 0; x < side / 2; x++) {
            if (alpha[(y + (top * side) / 2) * side + x + (left * side) / 2]) count++;
          }
        }
        expect(count / (side * side)).toBeGreaterThan(0.03);
      }
    }
    // The first letter's stem: one dot wide, and the dot is a 160th of the picture.
    const { rgb } = stamp(1600, 1600, 0, 0);
    const whiteRun = Array.from({ length: 40 }, (_, x) => rgb[(12 * 1600 + x) * 3]).filter((p) => p === 255).length;
    expect(whiteRun).toBeGreaterThanOrEqual(10);
  });

  it('takes any size', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 5000],
      [5000, 1],
    ] as const) {
      const { rgb, alpha } = stamp(width, height, 9, 9);
      expect([rgb.length, alpha.length]).toEqual([width * height * 3, width * height]);
    }
  });
});

describe('stampMask', () => {
  it.each([0, 255])('differs from a mask of %i', (value) => {
    const mask = new Uint8Array(320 * 240).fill(value);
    stampMask(mask, { width: 320, height: 240 });
    expect(mask.filter((p) => p === 160 || p === 96).length).toBeGreaterThan(mask.length * 0.15);
  });
});
