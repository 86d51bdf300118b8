import { expect, test } from 'vitest';
import { collectRuns, dilateRuns, halveRuns, type Runs, writeSlots } from '../../../src/domain/matting/runs.ts';

const collect = (...rows: string[]): Runs =>
  collectRuns(rows[0]?.length ?? 0, rows.length, (y, row) => row.set([...(rows[y] ?? '')].map(Number)));

/** Row by row as 0 and 1, by the slots. */
function draw(runs: Runs): string[] {
  const slots = new Int32Array(runs.width);
  return Array.from({ length: runs.height }, (_, y) => {
    writeSlots(runs, y, slots);
    return [...slots].map((slot) => (slot < 0 ? 0 : 1)).join('');
  });
}

test('runs hold the members of a mask, to the borders', () => {
  const mask = ['1100001', '0000000', '0111110', '1111111'];
  expect(draw(collect(...mask))).toEqual(mask);
});

test('every member has a slot of its own, in reading order, and rows outside have none', () => {
  const runs = collect('101', '011');
  const slots = new Int32Array(3);
  writeSlots(runs, 0, slots);
  expect([...slots]).toEqual([0, -1, 1]);
  writeSlots(runs, 1, slots);
  expect([...slots]).toEqual([-1, 2, 3]);
  for (const y of [-1, 2]) {
    writeSlots(runs, y, slots);
    expect([...slots]).toEqual([-1, -1, -1]);
  }
  expect(runs.count).toBe(4);
});

test('dilating takes in the eight neighbours', () => {
  expect(draw(dilateRuns(collect('00000', '00100', '00000', '00000', '10000')))).toEqual([
    '01110',
    '01110',
    '01110',
    '11000',
    '11000',
  ]);
});

test('halving keeps a pixel for every member, with odd sizes rounded up', () => {
  expect(draw(halveRuns(collect('00000', '00010', '10000', '00000', '00001')))).toEqual(['010', '100', '001']);
});
