/** What lies under a cutout: colours to the level, distances to the pixel, and shadows where light would leave them. */
import { describe, expect, test } from 'vitest';
import { parseBackground } from '../../../src/domain/background.ts';
import { coverRect, paintColour, paintGradient, paintPicture } from '../../../src/domain/matting/backdrop.ts';
import { blurBackground } from '../../../src/domain/matting/blurred-background.ts';
import { type Cutout, wholeOf } from '../../../src/domain/matting/cutout.ts';
import { measureNearness } from '../../../src/domain/matting/near-set.ts';
import { paintOutline } from '../../../src/domain/matting/outline.ts';
import { paintShadow } from '../../../src/domain/matting/shadow.ts';
import { makeTrimap } from '../../../src/domain/matting/trimap.ts';
import { type RowPainter, underlay } from '../../../src/domain/matting/underlay.ts';
import { unweigh, weigh } from '../../../src/domain/matting/weighted.ts';

const LEVELS = [0, 1, 2, 77, 127, 128, 200, 254, 255];

/** One pixel over another, in numbers that are not rounded. */
function blend(top: readonly number[], below: readonly number[]): number[] {
  const [a = 0, b = 0] = [top[3], below[3]].map((alpha) => (alpha as number) / 255);
  const alpha = a + b * (1 - a);
  const colour = [0, 1, 2].map((c) =>
    alpha === 0 ? 0 : ((top[c] as number) * a + (below[c] as number) * b * (1 - a)) / alpha,
  );
  return [...colour, alpha * 255];
}

describe('a colour under a cutout', () => {
  test('is mixed to half a level, of every alpha over every alpha', () => {
    for (const a of LEVELS) {
      for (const b of LEVELS) {
        const [own, colour] = [[250, 3, 128] as const, [9, 255, 64, b] as const];
        const cutout = { rgb: Uint8Array.from(own), alpha: Uint8Array.of(a), width: 1, height: 1 };
        underlay(cutout, paintColour(colour));
        const exact = blend([...own, a], colour);
        if ((exact[3] as number) === 0) continue;
        const mixed = [...cutout.rgb, ...cutout.alpha];
        for (const [c, value] of mixed.entries()) {
          expect(Math.abs(value - (exact[c] as number)), `${a} over ${b}`).toBeLessThanOrEqual(0.5 + 1e-9);
        }
      }
    }
  });

  test('leaves what is opaque as it is, and shows through what is clear', () => {
    const cutout = { rgb: Uint8Array.of(1, 2, 3, 4, 5, 6), alpha: Uint8Array.of(255, 0), width: 2, height: 1 };
    underlay(cutout, paintColour([70, 80, 90, 255]));
    expect([[...cutout.rgb], [...cutout.alpha]]).toEqual([
      [1, 2, 3, 70, 80, 90],
      [255, 255],
    ]);
  });
});

const emptySheet = (width: number, height: number): Cutout => ({
  rgb: new Uint8Array(width * height * 3),
  alpha: new Uint8Array(width * height),
  width,
  height,
});

function paint(width: number, height: number, painter: RowPainter): Cutout {
  const sheet = emptySheet(width, height);
  underlay(sheet, painter);
  return sheet;
}

describe('a gradient', () => {
  const draw = (text: string, width: number, height: number) => {
    const background = parseBackground(text);
    if (background?.kind !== 'gradient') throw new Error(text);
    return paint(width, height, paintGradient(background.angle, background.stops, { width, height }));
  };

  test('goes evenly from one colour to the next, to one level', () => {
    const { rgb } = draw('linear-gradient(90deg, black, #ff8000)', 256, 2);
    for (let x = 0; x < 256; x++) {
      const share = (x + 0.5) / 256;
      expect(Math.abs((rgb[x * 3] as number) - 255 * share)).toBeLessThanOrEqual(1);
      expect(Math.abs((rgb[x * 3 + 1] as number) - 128 * share)).toBeLessThanOrEqual(1);
    }
  });

  test('turns with its angle', () => {
    const redAt = ({ rgb, width }: Cutout, x: number, y: number) => rgb[(y * width + x) * 3] as number;
    const down = draw('linear-gradient(white, black)', 9, 9);
    expect([redAt(down, 4, 0) > 220, redAt(down, 4, 8) < 30]).toEqual([true, true]);
    const left = draw('linear-gradient(to left, white, black)', 9, 9);
    expect([redAt(left, 8, 4) > 220, redAt(left, 0, 4) < 30]).toEqual([true, true]);
    const corner = draw('linear-gradient(45deg, white, black)', 9, 9);
    expect([redAt(corner, 0, 8) > 220, redAt(corner, 8, 0) < 30]).toEqual([true, true]);
  });

  test('fades into what is transparent without a dark middle', () => {
    const { rgb, alpha } = draw('linear-gradient(90deg, white, transparent)', 64, 1);
    expect([...alpha].every((value, x) => x === 0 || value < (alpha[x - 1] as number))).toBe(true);
    expect([...rgb].every((value) => value === 255)).toBe(true);
  });
});

test('a picture for the background is cut from its middle', () => {
  expect(coverRect({ width: 300, height: 100 }, { width: 50, height: 50 })).toEqual({
    left: 100,
    top: 0,
    width: 100,
    height: 100,
  });
  expect(coverRect({ width: 10, height: 40 }, { width: 100, height: 200 })).toEqual({
    left: 0,
    top: 10,
    width: 10,
    height: 20,
  });
  const picture = { rgb: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 1, height: 2 };
  expect([...paint(1, 2, paintPicture(picture)).rgb]).toEqual([1, 2, 3, 4, 5, 6]);
});

describe('distances', () => {
  test('are those that every pair of pixels gives', () => {
    let state = 7;
    const next = () => (state = (state * 48271) % 2147483647);
    for (let round = 0; round < 60; round++) {
      const [width, height, reach] = [1 + (next() % 17), 1 + (next() % 17), 1 + (next() % 6)];
      const members = Uint8Array.from({ length: width * height }, () => (next() % 9 === 0 ? 1 : 0));
      const rows = measureNearness({ width, height }, (i) => members[i] === 1, reach);
      const squares = new Float32Array(width);
      for (let y = 0; y < height; y++) {
        rows(y, squares);
        for (let x = 0; x < width; x++) expect(squares[x]).toBe(measure(members, width, x, y, reach));
      }
    }
  });

  function measure(members: Uint8Array, width: number, x: number, y: number, reach: number): number {
    const squares = [...members].flatMap((member, i) =>
      member ? [(x - (i % width)) ** 2 + (y - Math.floor(i / width)) ** 2] : [],
    );
    const nearest = Math.min(Number.POSITIVE_INFINITY, ...squares);
    return nearest < reach * reach ? nearest : Number.POSITIVE_INFINITY;
  }
});

/** A disc in the middle of a square. */
function makeDisc(side: number, radius: number): Uint8Array {
  const middle = (side - 1) / 2;
  return Uint8Array.from({ length: side * side }, (_, i) =>
    Math.hypot((i % side) - middle, Math.floor(i / side) - middle) <= radius ? 255 : 0,
  );
}

describe('an outline', () => {
  test('is as wide as it should be on all sides, and of its colour', () => {
    const [side, radius, width] = [101, 20, 8];
    const matte = makeDisc(side, radius);
    const { rgb, alpha } = paint(
      side,
      side,
      paintOutline(matte, { width: side, height: side }, width, [10, 20, 30, 255]),
    );
    for (let i = 0; i < alpha.length; i++) {
      const distance = Math.hypot((i % side) - 50, Math.floor(i / side) - 50) - radius;
      if (distance < width - 1) expect(alpha[i]).toBe(255);
      if (distance > width + 1) expect(alpha[i]).toBe(0);
      if ((alpha[i] as number) > 100) expect([...rgb.subarray(i * 3, i * 3 + 3)]).toEqual([10, 20, 30]);
    }
  });
});

describe('a trimap', () => {
  test('is sure of both sides, and unsure of a band along every edge, soft or hard', () => {
    const side = 64;
    const matte = new Uint8Array(side * side).map((_, i) => (i % side < 20 ? 0 : i % side < 30 ? (i % side) * 8 : 255));
    const trimap = makeTrimap(matte, { width: side, height: side });
    expect(new Set(trimap)).toEqual(new Set([0, 128, 255]));
    expect([trimap[10], trimap[17], trimap[18], trimap[31], trimap[32], trimap[50]]).toEqual([
      0, 0, 128, 128, 255, 255,
    ]);
    const hard = makeTrimap(makeDisc(side, 15), { width: side, height: side });
    expect(new Set(hard)).toEqual(new Set([0, 128, 255]));
  });
});

describe('a shadow', () => {
  const [side, radius] = [400, 80];
  const matte = makeDisc(side, radius);
  const box = { left: 120, top: 120, width: 160, height: 160 };
  const cast = (kind: 'drop' | 'contact', opacity = 1) =>
    paint(side, side, paintShadow(matte, { width: side, height: side }, box, { kind, opacity })).alpha;
  const centreOf = (alpha: Uint8Array) => {
    let [x, y, sum] = [0, 0, 0];
    for (let i = 0; i < alpha.length; i++) {
      x += (alpha[i] as number) * (i % side);
      y += (alpha[i] as number) * Math.floor(i / side);
      sum += alpha[i] as number;
    }
    return { x: x / sum, y: y / sum, sum };
  };

  test('that drops lies below and beside the subject, as large as it is', () => {
    const { x, y, sum } = centreOf(cast('drop'));
    expect([x > 200 && x < 210, y > 202 && y < 212]).toEqual([true, true]);
    expect(sum / centreOf(matte).sum).toBeCloseTo(1, 1);
  });

  test('of contact lies at the foot, flat, and is darkest where the subject stands', () => {
    const alpha = cast('contact');
    const { x, y } = centreOf(alpha);
    expect(Math.abs(x - 199.5)).toBeLessThan(2);
    expect(Math.abs(y - 280)).toBeLessThan(10);
    const at = (column: number, row: number) => alpha[row * side + column] as number;
    expect([at(200, 200), at(200, 340), at(40, 280)]).toEqual([0, 0, 0]);
    expect(at(200, 280)).toBeGreaterThan(at(200, 290));
    expect(at(200, 280)).toBeGreaterThan(at(260, 280));
  });

  test('is as dark as its opacity', () => {
    const peak = (alpha: Uint8Array) => alpha.reduce((a, b) => Math.max(a, b));
    expect(peak(cast('drop', 0.4))).toBe(102);
    expect(peak(cast('contact', 0))).toBe(0);
  });
});

test('a blurred background has the colours around the subject, and nothing of the subject', () => {
  const side = 120;
  const alpha = makeDisc(side, 30);
  const rgb = new Uint8Array(side * side * 3);
  for (let i = 0; i < alpha.length; i++) rgb.set(alpha[i] ? [255, 0, 0] : [0, i % side < 60 ? 40 : 200, 90], i * 3);
  const size = { width: side, height: side };
  const blurred = paint(side, side, blurBackground({ rgb, alpha, ...size }, wholeOf(size), size)).rgb;
  const at = (x: number, y: number) => [...blurred.subarray((y * side + x) * 3, (y * side + x) * 3 + 3)];
  expect(Math.abs((at(5, 60)[1] as number) - 40)).toBeLessThan(3);
  expect(Math.abs((at(115, 60)[1] as number) - 200)).toBeLessThan(3);
  for (let i = 0; i < side * side; i++) {
    expect(blurred[i * 3]).toBeLessThanOrEqual(1);
    expect(Math.abs((blurred[i * 3 + 2] as number) - 90)).toBeLessThanOrEqual(1);
  }
});

test('colours that are weighed and unweighed are the same to one level, wherever they show', () => {
  const pixels = LEVELS.flatMap((alpha) => LEVELS.map((colour) => ({ alpha, colour })));
  const rgb = Uint8Array.from(pixels.flatMap(({ colour }) => [colour, 255 - colour, 128]));
  const alpha = Uint8Array.from(pixels, (pixel) => pixel.alpha);
  const size = { width: pixels.length, height: 1 };
  const back = unweigh(weigh({ rgb, alpha, ...size }), size);
  expect(back.alpha).toEqual(alpha);
  for (const [i, value] of back.rgb.entries()) {
    if ((alpha[Math.floor(i / 3)] as number) > 0) expect(Math.abs(value - (rgb[i] as number))).toBeLessThanOrEqual(1);
  }
});
