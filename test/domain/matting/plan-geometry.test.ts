/** Geometry as properties: of many random plans each is whole, inside of its bounds, and what was asked for to the pixel. */
import { describe, expect, test } from 'vitest';
import { NO_EDITS } from '../../../src/domain/edit-options.ts';
import { clearOutside, movePixels, type Rect, type Size, wholeOf } from '../../../src/domain/matting/cutout.ts';
import { planGeometry, resolveRoi } from '../../../src/domain/matting/plan-geometry.ts';
import { parseCropMargin, parsePosition, parseRoi } from '../../../src/domain/parse-edits.ts';

type Wishes = Parameters<typeof planGeometry>[2];

/** The same numbers each time: of mulberry32, by Tommy Ettinger. */
function createRandom(seed: number) {
  let state = seed;
  return (low: number, high: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return low + Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * (high - low + 1));
  };
}

const PLANS = 3000;
const ALL = Number.POSITIVE_INFINITY;

type Case = { readonly picture: Size; readonly box: Rect; readonly wishes: Wishes; readonly maxPixels: number };

function* makeCases(): Generator<Case> {
  const random = createRandom(5);
  const pick = <T>(...values: readonly T[]): T => values[random(0, values.length - 1)] as T;
  for (let i = 0; i < PLANS; i++) {
    const picture = { width: random(1, 900), height: random(1, 900) };
    const left = random(0, picture.width - 1);
    const top = random(0, picture.height - 1);
    const box = { left, top, width: random(1, picture.width - left), height: random(1, picture.height - top) };
    const margin = pick('0', '7px', '13%', '1px 50%', '500px 3% 0 1.5%');
    const wishes = {
      crop: pick(true, false),
      cropMargin: pick(null, parseCropMargin(margin) ?? null),
      scale: pick(null, random(10, 100) / 100),
      position: pick<Wishes['position']>(null, 'original', { x: random(0, 100) / 100, y: random(0, 100) / 100 }),
      canvas: pick(null, null, { aspect: pick(1, 35 / 45, 2), minSide: random(1, 1600) }),
    };
    yield { picture, box, wishes, maxPixels: pick(ALL, random(1, 400_000)) };
  }
}

const plan = ({ picture, box, wishes, maxPixels }: Case) => planGeometry(picture, box, wishes, maxPixels);
const isInside = (rect: Rect, size: Size): boolean =>
  rect.left >= 0 && rect.top >= 0 && rect.left + rect.width <= size.width && rect.top + rect.height <= size.height;
const isWhole = (rect: Rect): boolean =>
  Object.values(rect).every(Number.isInteger) && rect.width >= 1 && rect.height >= 1;

describe('every plan', () => {
  test('is in whole pixels, takes from inside of the picture, and lies inside of the canvas', () => {
    for (const given of makeCases()) {
      const { canvas, source, target } = plan(given);
      expect([isWhole(source), isWhole(target), isWhole(wholeOf(canvas))], JSON.stringify(given)).toEqual([
        true,
        true,
        true,
      ]);
      expect([isInside(source, given.picture), isInside(target, canvas)], JSON.stringify(given)).toEqual([true, true]);
    }
  });

  test('has at most the pixels that it may have', () => {
    for (const given of makeCases()) {
      const { canvas } = plan(given);
      expect(canvas.width * canvas.height).toBeLessThanOrEqual(given.maxPixels);
    }
  });

  test('without a scale, a shape and a limit resamples nothing', () => {
    for (const given of makeCases()) {
      const wishes = { ...given.wishes, scale: null, canvas: null };
      const { source, target } = plan({ ...given, wishes, maxPixels: ALL });
      expect([target.width, target.height]).toEqual([source.width, source.height]);
    }
  });

  test('with a scale fills that share of one side to half a pixel, and no more of the other', () => {
    for (const given of makeCases()) {
      const { scale } = given.wishes;
      if (scale === null) continue;
      const { canvas, target } = plan({ ...given, maxPixels: ALL });
      const over = [target.width - scale * canvas.width, target.height - scale * canvas.height];
      expect(Math.max(...over)).toBeLessThanOrEqual(1);
      expect(Math.max(...over), JSON.stringify(given)).toBeGreaterThanOrEqual(-0.5);
    }
  });
});

const PICTURE = { width: 640, height: 480 };
const BOX = { left: 100, top: 50, width: 200, height: 100 };
const planFor = (wishes: Partial<Wishes>, maxPixels = ALL) =>
  planGeometry(PICTURE, BOX, { ...NO_EDITS, ...wishes }, maxPixels);

describe('a plan', () => {
  test('without wishes is the picture itself', () => {
    const whole = wholeOf(PICTURE);
    expect(planFor({})).toEqual({ canvas: PICTURE, source: whole, target: whole, frame: whole });
  });

  test('with a crop is the box, and with a margin the picture around it as far as there is any', () => {
    expect(planFor({ crop: true })).toMatchObject({ canvas: { width: 200, height: 100 }, source: BOX });
    const cropMargin = parseCropMargin('60px 10% 25% 5px') ?? null;
    expect(planFor({ crop: true, cropMargin })).toMatchObject({
      canvas: { width: 5 + 200 + 20, height: 60 + 100 + 25 },
      source: { left: 95, top: 0, width: 225, height: 175 },
      // Ten rows of the margin lie above the picture.
      target: { left: 0, top: 10, width: 225, height: 175 },
    });
  });

  test.each([
    ['0% 0%', 0, 0],
    ['100%', 640 - 200, 480 - 100],
    ['center', 220, 190],
    ['25% 75%', 110, 285],
  ])('with position %s places the subject in what it leaves free', (text, left, top) => {
    const { canvas, target } = planFor({ position: parsePosition(text) ?? null });
    expect([canvas, target]).toEqual([PICTURE, { left, top, width: 200, height: 100 }]);
  });

  test('with a scale centres the subject, unless it is to stay around where it was', () => {
    expect(planFor({ scale: 0.5 }).target).toEqual({ left: 160, top: 160, width: 320, height: 160 });
    expect(planFor({ scale: 0.25, position: 'original' }).target).toEqual({
      left: 120,
      top: 60,
      width: 160,
      height: 80,
    });
  });

  test('with a shape has it, at the side that it must have', () => {
    const square = planFor({ crop: true, scale: 0.85, canvas: { aspect: 1, minSide: 1600 } });
    expect([square.canvas, square.target]).toEqual([
      { width: 1600, height: 1600 },
      { left: 120, top: 460, width: 1360, height: 680 },
    ]);
    const large = planFor({ crop: true, scale: 0.5, canvas: { aspect: 1, minSide: 10 } });
    expect([large.canvas, large.target.width]).toEqual([{ width: 400, height: 400 }, 200]);
  });

  test('with a limit keeps the shape, and what touched a border touches it still', () => {
    const { canvas, target } = planFor({ position: { x: 1, y: 1 } }, 250_000 / 4);
    expect(canvas).toEqual({ width: 288, height: 216 });
    expect([target.left + target.width, target.top + target.height]).toEqual([288, 216]);
  });
});

describe('a region of interest', () => {
  const regionOf = (text: string) => resolveRoi(parseRoi(text) as NonNullable<ReturnType<typeof parseRoi>>, PICTURE);

  test('holds every pixel that it touches', () => {
    expect(regionOf('0 0 100% 100%')).toEqual(wholeOf(PICTURE));
    expect(regionOf('10px 20px 30px 50%')).toEqual({ left: 10, top: 20, width: 20, height: 220 });
    expect(regionOf('10.5px 0 11.2px 1px')).toEqual({ left: 10, top: 0, width: 2, height: 1 });
  });

  test('beyond the picture, or of no area, is told apart', () => {
    expect(['0 0 641px 10px', '0 0 50% 481px', '700px 0 10px 10px'].map(regionOf)).toEqual([
      'outside',
      'outside',
      'outside',
    ]);
    expect(['10px 0 10px 9px', '50% 50% 40% 60%', '0 9px 9px 0'].map(regionOf)).toEqual(['empty', 'empty', 'empty']);
  });

  test('clears what lies outside of it, and nothing else', () => {
    const alpha = new Uint8Array(6 * 4).fill(9);
    clearOutside(alpha, { width: 6, height: 4 }, { left: 2, top: 1, width: 3, height: 2 });
    expect(
      [...alpha].map((value, i) => [i % 6, Math.floor(i / 6), value]).filter(([, , value]) => value === 9),
    ).toEqual([1, 2].flatMap((y) => [2, 3, 4].map((x) => [x, y, 9])));
  });
});

test('pixels that are moved and moved back are the same', () => {
  const random = createRandom(9);
  for (let i = 0; i < 200; i++) {
    const size = { width: random(1, 12), height: random(1, 12) };
    const canvas = { width: size.width + random(0, 5), height: size.height + random(0, 5) };
    const at = { left: random(0, canvas.width - size.width), top: random(0, canvas.height - size.height), ...size };
    const pixels = Uint8Array.from({ length: size.width * size.height * 3 }, () => random(0, 255));
    const moved = movePixels(pixels, size, wholeOf(size), canvas, at);
    expect(movePixels(moved, canvas, at, size, wholeOf(size))).toEqual(pixels);
    expect(moved.reduce((a, b) => a + b)).toBe(pixels.reduce((a, b) => a + b));
  }
});
