import { expect, test } from 'vitest';
import { stretchMatte } from '../../../src/domain/matting/stretch.ts';
import { resampleWhole } from '../../helpers/planes.ts';

test('a veil and a breath of transparency become 0 and 1, and the middle stays where it is', () => {
  const plane = { data: Float32Array.of(0.04, 0.5, 0.96), width: 3, height: 1 };
  stretchMatte(plane);
  expect([...plane.data].map((a) => Math.round(a * 1e6) / 1e6 + 0)).toEqual([0, 0.5, 1]);
});

test('stretching before a resize is stretching after it', () => {
  const make = () => ({ data: Float32Array.from({ length: 16 }, (_, i) => ((i * 7) % 5) / 4), width: 4, height: 4 });
  const before = make();
  stretchMatte(before);
  const first = resampleWhole(before, 9, 7);
  const second = resampleWhole(make(), 9, 7);
  stretchMatte(second);
  const difference = first.data.map((value, i) => Math.abs(value - (second.data[i] ?? 0)));
  expect(Math.max(...difference)).toBeLessThan(1e-5);
});
