import { expect, test } from 'vitest';
import { countMegapixels, isAdmitted } from '../../src/domain/admission.ts';

test('a picture is let in while it fits beside the others, and alone whatever its size', () => {
  expect(isAdmitted({ megapixels: 12 }, 38, 50)).toBe(true);
  expect(isAdmitted({ megapixels: 12.1 }, 38, 50)).toBe(false);
  expect(isAdmitted({ megapixels: 80 }, 0, 50)).toBe(true);
  expect(isAdmitted({ megapixels: 80 }, 0.1, 50)).toBe(false);
});

test('the memory that children leave is shared out at 24 MB a megapixel', () => {
  const childBytes = 1.1e9;
  expect(countMegapixels({ memoryBytes: 8e9, children: 5, childBytes })).toBe(70);
  expect(countMegapixels({ memoryBytes: 24e9, children: 2, childBytes })).toBe(808);
});

test('children beyond the memory still have two megapixels each', () => {
  expect(countMegapixels({ memoryBytes: 2e9, children: 4, childBytes: 1.1e9 })).toBe(8);
});
