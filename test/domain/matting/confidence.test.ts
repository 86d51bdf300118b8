import { expect, test } from 'vitest';
import { averageMirrored, mirrorRgb } from '../../../src/domain/matting/average-views.ts';
import { estimateConfidence } from '../../../src/domain/matting/confidence.ts';

const planeOf = (...values: number[]) => ({ data: Float32Array.from(values), width: values.length, height: 1 });

test('a decided matte is trusted, a hesitant one is not, and more hesitation is never more trust', () => {
  const confidences = [0, 0.02, 0.05, 0.1, 0.2, 0.3].map((doubt) =>
    estimateConfidence(planeOf(1 - doubt, 1 - doubt, doubt, doubt)),
  );
  expect(confidences[0]).toBeGreaterThan(0.95);
  expect(confidences.at(-1)).toBeLessThan(0.25);
  expect([...confidences].sort((a, b) => b - a)).toEqual(confidences);
});

test('where nothing was found there is no confidence', () => {
  for (const level of [0, 0.1, 0.5]) expect(estimateConfidence(planeOf(level, level, level))).toBe(0);
  expect(estimateConfidence(planeOf())).toBe(0);
});

test('a matte of many times the same pixels is trusted as much as one of each, and what is not a number is background', () => {
  const some = [0.1, 0.9, 1.2, -0.3, 0.7];
  const many = planeOf(...Array.from({ length: 20_003 }, () => some).flat());
  expect(estimateConfidence(many)).toBeCloseTo(estimateConfidence(planeOf(...some)), 6);
  expect(estimateConfidence(planeOf(...some, Number.NaN))).toBe(estimateConfidence(planeOf(...some)));
});

test('the view in the mirror is turned back before it counts', () => {
  const matte = planeOf(0, 0.2, 1);
  averageMirrored(matte, planeOf(1, 0.2, 0));
  expect([...matte.data].map((a) => Math.round(a * 100))).toEqual([0, 20, 100]);
  expect([...mirrorRgb(Uint8Array.of(1, 2, 3, 4, 5, 6), 2)]).toEqual([4, 5, 6, 1, 2, 3]);
});

test('of two views the surer one counts more, and equally sure ones alike', () => {
  const matte = planeOf(0.5, 0, 0.9);
  averageMirrored(matte, planeOf(0.1, 1, 1));
  // Certainty is 0 and 1, 1 and 1, .64 and .64, and .15 is added to each.
  expect(matte.data[0]).toBeCloseTo((0.15 * 0.5 + 1.15 * 1) / 1.3, 5);
  expect(matte.data[1]).toBeCloseTo(0.5, 5);
  expect(matte.data[2]).toBeCloseTo((0.79 * 0.9 + 0.79 * 0.1) / 1.58, 5);
});
