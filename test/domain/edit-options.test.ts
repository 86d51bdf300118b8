/** The parameters of edits as callers write them. */
import { describe, expect, test } from 'vitest';
import { parseBackground } from '../../src/domain/background.ts';
import { type Colour, parseColour } from '../../src/domain/colour.ts';
import { isEdited, maxPixelsOf, NO_EDITS } from '../../src/domain/edit-options.ts';
import {
  parseCropMargin,
  parseDpi,
  parseLength,
  parseOpacity,
  parseOutline,
  parsePosition,
  parseRoi,
  parseScale,
  parseSize,
  parseSwitch,
} from '../../src/domain/parse-edits.ts';
import { PRESETS } from '../../src/domain/presets.ts';

const px = (value: number) => ({ value, unit: 'px' });
const percent = (value: number) => ({ value, unit: '%' });

describe('a colour', () => {
  test.each<[string, Colour]>([
    ['#fff', [255, 255, 255, 255]],
    ['f80', [255, 136, 0, 255]],
    ['#f808', [255, 136, 0, 136]],
    ['81d4fa', [129, 212, 250, 255]],
    ['#81D4FA77', [129, 212, 250, 119]],
    ['green', [0, 128, 0, 255]],
    ['RebeccaPurple', [102, 51, 153, 255]],
    ['transparent', [0, 0, 0, 0]],
  ])('%s', (text, colour) => expect(parseColour(text)).toEqual(colour));

  test.each(['', '#', 'ff', '#ffff0', '#fffffff', 'ggg', 'verdigris', 'toString', '__proto__', ' red', 'rgb(1,2,3)'])(
    'is not "%s"',
    (text) => expect(parseColour(text)).toBeUndefined(),
  );
});

describe('a background', () => {
  test('is a gradient of two to eight colours, in order', () => {
    expect(parseBackground('linear-gradient(-30.5deg, #000 10%, red, blue 90%)')).toEqual({
      kind: 'gradient',
      angle: -30.5,
      stops: [
        { colour: [0, 0, 0, 255], at: 0.1 },
        { colour: [255, 0, 0, 255], at: 0.5 },
        { colour: [0, 0, 255, 255], at: 0.9 },
      ],
    });
    expect(parseBackground('linear-gradient(to right, white, black)')).toMatchObject({ angle: 90 });
    expect(parseBackground('blur')).toEqual({ kind: 'blur' });
  });

  test.each([
    'linear-gradient(red)',
    'linear-gradient(90deg, red)',
    'linear-gradient(red 60%, blue 20%)',
    'linear-gradient(red, blue 101%)',
    'linear-gradient(red, blue',
    `linear-gradient(${Array(9).fill('red').join(', ')})`,
    'radial-gradient(red, blue)',
    'url(x)',
    'picture',
    'Blur!',
  ])('is not "%s"', (text) => expect(parseBackground(text)).toBeUndefined());
});

describe('lengths', () => {
  test('are pixels, per cent, or a bare 0', () => {
    expect(['0', '30px', '12.5%', '0%', '7PX'].map(parseLength)).toEqual([
      px(0),
      px(30),
      percent(12.5),
      percent(0),
      px(7),
    ]);
    const bad = ['', '30', '-3px', '1e3px', '5 px', '.5%', '5%%', '9999999px', 'NaNpx'];
    expect(bad.map(parseLength)).toEqual(bad.map(() => undefined));
  });

  test('of a region are four', () => {
    expect(parseRoi('0 10% 200px  90%')).toEqual({ x1: px(0), y1: percent(10), x2: px(200), y2: percent(90) });
    expect(['', '0 0 1px', '0 0 1px 1px 1px', '0,0,1px,1px', '1 2 3 4'].map(parseRoi)).toEqual(
      Array(5).fill(undefined),
    );
  });

  test('of a margin go around from the top, and have remove.bg’s bounds', () => {
    const [a, b, c, d] = [px(1), px(2), px(3), px(4)];
    expect(parseCropMargin('1px')).toEqual({ top: a, right: a, bottom: a, left: a });
    expect(parseCropMargin('1px 2px')).toEqual({ top: a, right: b, bottom: a, left: b });
    expect(parseCropMargin('1px 2px 3px 4px')).toEqual({ top: a, right: b, bottom: c, left: d });
    expect(['500px', '50%'].every(parseCropMargin)).toBe(true);
    expect(['', '501px', '51%', '1px 1px 1px', '-1px'].map(parseCropMargin)).toEqual(Array(5).fill(undefined));
  });
});

test('a scale is 10 % to 100 %, or the original', () => {
  expect(['10%', '100%', '33.5%', 'original'].map(parseScale)).toEqual([0.1, 1, 0.335, null]);
  expect(['', '9%', '101%', '50', '50px', '0'].map(parseScale)).toEqual(Array(6).fill(undefined));
});

test('a position is one or two shares, or a word', () => {
  expect(['center', 'original', '0', '20%', '0% 100%'].map(parsePosition)).toEqual([
    { x: 0.5, y: 0.5 },
    'original',
    { x: 0, y: 0 },
    { x: 0.2, y: 0.2 },
    { x: 0, y: 1 },
  ]);
  expect(['', '101%', '10px', 'left', '1% 2% 3%'].map(parsePosition)).toEqual(Array(5).fill(undefined));
});

test('an outline is a width, and a colour that is white without one', () => {
  expect(parseOutline('8px #f00')).toEqual({ width: px(8), colour: [255, 0, 0, 255] });
  expect(parseOutline('2%')).toEqual({ width: percent(2), colour: [255, 255, 255, 255] });
  expect(['', '0', '201px', '11%', 'red', '8px nocolour', '8px red 1px'].map(parseOutline)).toEqual(
    Array(7).fill(undefined),
  );
});

test('opacity, dots an inch, switches and sizes are strict', () => {
  expect(['0', '50', '100', '12.5', '75%', '101', '-1', '', '1e1'].map(parseOpacity)).toEqual([
    ...[0, 0.5, 1, 0.125, 0.75],
    ...Array(4).fill(undefined),
  ]);
  expect(['1', '300', '2400', '0', '2401', '72.5', ''].map(parseDpi)).toEqual([
    1,
    300,
    2400,
    ...Array(4).fill(undefined),
  ]);
  expect(['true', 'False', '1', '0', 'yes', ''].map(parseSwitch)).toEqual([
    true,
    false,
    true,
    false,
    undefined,
    undefined,
  ]);
  expect(['4K', '50mp', 'HD', 'huge'].map(parseSize)).toEqual(['4k', '50MP', 'hd', undefined]);
});

test('a PNG of full size has remove.bg’s 10 megapixels, other formats 25', () => {
  expect([maxPixelsOf('full', 'png'), maxPixelsOf('4k', 'jpg')]).toEqual([10_000_000, 25_000_000]);
  expect([maxPixelsOf('preview', 'png'), maxPixelsOf('auto', 'png')]).toEqual([250_000, Number.POSITIVE_INFINITY]);
});

test('only what changes pixels is an edit', () => {
  expect(isEdited(NO_EDITS)).toBe(false);
  expect(isEdited({ ...NO_EDITS, dpi: 300, position: 'original' })).toBe(false);
  for (const preset of Object.values(PRESETS)) expect(isEdited({ ...NO_EDITS, ...preset })).toBe(true);
  expect(isEdited({ ...NO_EDITS, size: 'hd' })).toBe(true);
});
