import { expect, test } from 'vitest';
import { estimateForeground } from '../../../src/domain/matting/foreground-colour.ts';

const [WIDTH, HEIGHT] = [200, 150];

/** A frayed disc of known colour over a known ground. */
function makeComposite() {
  const alpha = new Uint8Array(WIDTH * HEIGHT);
  const truth = new Uint8Array(WIDTH * HEIGHT * 3);
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0, i = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, i++) {
      const [dx, dy] = [x - 100, y - 75];
      const fray = 0.6 + 0.4 * Math.sin(Math.atan2(dy, dx) * 30);
      const a = Math.min(1, Math.max(0, ((45 - Math.hypot(dx, dy)) / 8) * fray + 0.5));
      alpha[i] = Math.round(a * 255);
      const subject = [200 + 30 * Math.sin(x / 20), 120, 40];
      for (let c = 0; c < 3; c++) {
        truth[i * 3 + c] = subject[c] ?? 0;
        rgb[i * 3 + c] = Math.round(a * (subject[c] ?? 0) + (1 - a) * ([40, 160, 60 + x / 4][c] ?? 0));
      }
    }
  }
  return { rgb, truth, alpha, width: WIDTH, height: HEIGHT };
}

/** Mean error of the colour as it shows over a new background, that is weighted by alpha; in steps of 255. */
function errorOf(rgb: Uint8Array, { truth, alpha }: ReturnType<typeof makeComposite>): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < alpha.length; i++) {
    const a = alpha[i] ?? 0;
    if (a === 0 || a === 255) continue;
    for (let c = i * 3; c < i * 3 + 3; c++) sum += (a / 255) * Math.abs((rgb[c] ?? 0) - (truth[c] ?? 0));
    count += 3;
  }
  return sum / count;
}

test('under soft alpha the colours come out as the subject’s, ten times nearer than the photo’s own', () => {
  const scene = makeComposite();
  const rgb = scene.rgb.slice();
  estimateForeground({ ...scene, rgb }, scene.alpha);
  expect(errorOf(scene.rgb, scene)).toBeGreaterThan(10);
  expect(errorOf(rgb, scene)).toBeLessThan(errorOf(scene.rgb, scene) / 10);
});

test('no colour changes where alpha is 0 or 255, and the result is the same every time', () => {
  const scene = makeComposite();
  const [first, second] = [scene.rgb.slice(), scene.rgb.slice()];
  estimateForeground({ ...scene, rgb: first }, scene.alpha);
  estimateForeground({ ...scene, rgb: second }, scene.alpha);
  expect(first).toEqual(second);
  const changed = scene.alpha.some(
    (a, i) => (a === 0 || a === 255) && [0, 1, 2].some((c) => first[i * 3 + c] !== scene.rgb[i * 3 + c]),
  );
  expect(changed).toBe(false);
});

test.each([
  [1, 1],
  [1, 50],
  [50, 1],
  [33, 65],
])('%i × %i of one colour keeps it, whatever its alpha', (width, height) => {
  for (const a of [0, 100, 255]) {
    const rgb = new Uint8Array(width * height * 3).fill(80);
    estimateForeground({ rgb, width, height }, new Uint8Array(width * height).fill(a));
    expect(rgb.every((value) => Math.abs(value - 80) <= 1)).toBe(true);
  }
});
