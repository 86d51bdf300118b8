import { expect, test } from 'vitest';
import type { Plane } from '../../../src/domain/matting/raster.ts';
import { decideSolidBodies } from '../../../src/domain/matting/solid-bodies.ts';

const SIZE = 256;
const SUBJECT = [200, 60, 40] as const;
const GROUND = [40, 90, 160] as const;

/** A matte by its radius from the middle, with colours by whether the place belongs to the subject. */
function makeScene(alphaAt: (x: number, y: number, radius: number) => number, isSubject: (radius: number) => boolean) {
  const data = new Float32Array(SIZE * SIZE);
  const rgb = new Uint8Array(SIZE * SIZE * 3);
  for (let y = 0, i = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++, i++) {
      const radius = Math.hypot(x - 127.5, y - 127.5);
      data[i] = alphaAt(x, y, radius);
      rgb.set(isSubject(radius) ? SUBJECT : GROUND, i * 3);
    }
  }
  const matte: Plane = { data, width: SIZE, height: SIZE };
  return { matte, rgb };
}
const at = ({ data }: Plane, x: number, y: number) => data[y * SIZE + x] ?? -1;

test('a disc with a see-through centre becomes solid', () => {
  const { matte, rgb } = makeScene(
    (_x, _y, r) => (r > 90 ? 0 : r > 45 ? 1 : 0.5),
    (r) => r <= 90,
  );
  decideSolidBodies(matte, rgb);
  expect(at(matte, 128, 128)).toBeGreaterThan(0.98);
  expect(at(matte, 2, 2)).toBe(0);
});

test('a body that is doubted as a whole becomes solid, and its soft outline keeps its profile', () => {
  const { matte, rgb } = makeScene(
    (_x, _y, r) => 0.5 * Math.min(1, Math.max(0, (90 - r) / 4)),
    (r) => r <= 90,
  );
  decideSolidBodies(matte, rgb);
  expect(at(matte, 128, 128)).toBeGreaterThan(0.98);
  const outline = at(matte, 128 + 88, 128);
  expect(outline).toBeGreaterThan(0.3);
  expect(outline).toBeLessThan(0.7);
});

test('the empty hole of a ring stays empty, and a haze of the colour of the ground in it goes', () => {
  const ring = (haze: number) =>
    makeScene(
      (_x, _y, r) => (r > 100 ? 0 : r > 50 ? 1 : haze),
      (r) => r > 50 && r <= 100,
    );
  const empty = ring(0);
  decideSolidBodies(empty.matte, empty.rgb);
  expect(at(empty.matte, 128, 128)).toBe(0);
  const hazy = ring(0.2);
  decideSolidBodies(hazy.matte, hazy.rgb);
  expect(at(hazy.matte, 128, 128)).toBeLessThan(0.05);
});

test('a thin soft line is left as it was', () => {
  const { matte, rgb } = makeScene(
    (x) => (Math.abs(x - 128) < 2 ? 0.4 : 0),
    () => false,
  );
  const before = matte.data.slice();
  decideSolidBodies(matte, rgb);
  expect(matte.data).toEqual(before);
});

test.each([
  [1, 1],
  [1, 50],
  [50, 1],
  [300, 7],
])('%i × %i and flat alphas give finite values, the same every time', (width, height) => {
  for (const alpha of [0, 0.5, 1]) {
    const run = () => {
      const matte: Plane = { data: new Float32Array(width * height).fill(alpha), width, height };
      decideSolidBodies(matte, new Uint8Array(width * height * 3).fill(90));
      return matte.data;
    };
    const first = run();
    expect(first.every((a) => a >= 0 && a <= 1)).toBe(true);
    expect(run()).toEqual(first);
  }
});
