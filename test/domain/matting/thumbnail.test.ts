import { expect, test } from 'vitest';
import { makeThumbnail, THUMBNAIL_SIDE } from '../../../src/domain/matting/thumbnail.ts';

/** `paint`: red, green, blue and alpha of a place. */
function makePicture(width: number, height: number, paint: (x: number, y: number) => number[]) {
  const rgb = new Uint8Array(width * height * 3);
  const alpha = new Uint8Array(width * height);
  for (let i = 0; i < alpha.length; i++) {
    const [r = 0, g = 0, b = 0, a = 0] = paint(i % width, Math.floor(i / width));
    rgb.set([r, g, b], i * 3);
    alpha[i] = a;
  }
  return { image: { rgb, width, height }, alpha };
}

test('its longest side is that of a thumbnail, and its shape that of the picture', () => {
  for (const [width, height] of [
    [1600, 800],
    [300, 1200],
    [161, 161],
    [5000, 3],
  ] as const) {
    const { image, alpha } = makePicture(width, height, () => [9, 9, 9, 255]);
    const thumbnail = makeThumbnail(image, alpha);
    expect(Math.max(thumbnail.width, thumbnail.height)).toBe(THUMBNAIL_SIDE);
    const isWide = width >= height;
    const shorter = Math.max(1, Math.round((THUMBNAIL_SIDE * Math.min(width, height)) / Math.max(width, height)));
    expect(isWide ? thumbnail.height : thumbnail.width).toBe(shorter);
  }
});

test('a small picture stays as it is', () => {
  const { image, alpha } = makePicture(7, 5, (x, y) => [x * 30, y * 40, 5, 255]);
  expect(makeThumbnail(image, alpha)).toEqual({ ...image, alpha });
});

test('colours under soft alpha are those of what is seen, not of what is hidden', () => {
  // Every second column is hidden, and would be green.
  const { image, alpha } = makePicture(640, 640, (x) => (x % 2 ? [0, 255, 0, 0] : [200, 10, 30, 255]));
  const thumbnail = makeThumbnail(image, alpha);
  expect([...thumbnail.rgb.slice(0, 3)]).toEqual([200, 10, 30]);
  expect(thumbnail.alpha[0]).toBe(128);
});

test('what is hidden altogether has no colour', () => {
  const { image, alpha } = makePicture(320, 320, () => [1, 2, 3, 0]);
  const thumbnail = makeThumbnail(image, alpha);
  expect(thumbnail.rgb.every((value) => value === 0)).toBe(true);
  expect(thumbnail.alpha.every((value) => value === 0)).toBe(true);
});
