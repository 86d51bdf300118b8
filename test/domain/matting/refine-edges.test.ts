import { expect, test } from 'vitest';
import type { Plane } from '../../../src/domain/matting/raster.ts';
import { canRefineEdges, createEdgePen, findEdgeLines } from '../../../src/domain/matting/refine-edges.ts';

const SIZE = 512;

/** Spikes around a disc, over a plain ground; the network's alpha is the truth, blurred. */
function makeScene() {
  const truth = new Float32Array(SIZE * SIZE);
  const rgb = new Uint8Array(SIZE * SIZE * 3);
  const blurred = new Float32Array(SIZE * SIZE);
  for (let y = 0, i = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++, i++) {
      const radius = Math.hypot(x - 255.5, y - 255.5);
      const reach = 140 + 12 * Math.sin(Math.atan2(y - 255.5, x - 255.5) * 40);
      const alpha = Math.min(1, Math.max(0, (reach - radius) / 3 + 0.5));
      truth[i] = alpha;
      blurred[i] = Math.min(1, Math.max(0, (140 - radius) / 30 + 0.5));
      const [r, g, b] = [
        210 * alpha + 30 * (1 - alpha),
        70 * alpha + 120 * (1 - alpha),
        50 * alpha + 190 * (1 - alpha),
      ];
      rgb.set([r, g, b], i * 3);
    }
  }
  return { truth, rgb, matte: { data: blurred, width: SIZE, height: SIZE } satisfies Plane };
}

/** A copy of the matte, with edges from the picture. */
function drawEdges(matte: Plane, rgb: Uint8Array): Plane {
  const { width, height } = matte;
  const drawn = { data: matte.data.slice(), width, height };
  const drawRow = createEdgePen(findEdgeLines(matte, rgb), { rgb, width, height });
  for (let y = 0; y < height; y++) drawRow(y, drawn.data.subarray(y * width, (y + 1) * width));
  return drawn;
}

const errorOf = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + Math.abs(v - (b[i] ?? 0)), 0);

test('a known alpha is recovered better than the network had it, and what is sure does not change', () => {
  const { truth, rgb, matte } = makeScene();
  const drawn = drawEdges(matte, rgb);
  expect(errorOf(drawn.data, truth)).toBeLessThan(0.8 * errorOf(matte.data, truth));
  for (const [x, y] of [
    [256, 256],
    [3, 3],
  ] as const)
    expect(drawn.data[y * SIZE + x]).toBe(matte.data[y * SIZE + x]);
});

test('the same picture gives the same edges', () => {
  const { rgb, matte } = makeScene();
  const bytesOf = () => Object.values(findEdgeLines(matte, rgb).lines).map(({ buffer }) => Buffer.from(buffer));
  expect(Buffer.concat(bytesOf()).equals(Buffer.concat(bytesOf()))).toBe(true);
});

test.each([
  [1, 1],
  [1, 50],
  [50, 1],
])('%i × %i and flat alphas give values from 0 to 1', (width, height) => {
  for (const alpha of [0, 0.5, 1]) {
    const matte: Plane = { data: new Float32Array(width * height).fill(alpha), width, height };
    const rgb = new Uint8Array(width * height * 3).fill(77);
    expect(drawEdges(matte, rgb).data.every((a) => a >= 0 && a <= 1)).toBe(true);
  }
});

test('small pictures are left to the network', () => {
  expect(canRefineEdges({ width: 640, height: 480 })).toBe(false);
  expect(canRefineEdges({ width: 800, height: 100 })).toBe(true);
});
