/**
 * Every pixel in or out, as rembg post-processes its masks: opened by a cross of 3 × 3, which removes what is thinner
 * than three pixels, smoothed by a Gaussian of 5 × 5 with sigma 2, and cut at half.
 */

const CUT = 127;
/** exp(-x² / 8) for x = 0, 1, 2, as shares of their sum over both sides. */
const [CENTRE, NEAR, FAR] = weights();

function weights(): readonly [number, number, number] {
  const raw = [0, 1, 2].map((x) => Math.exp(-(x * x) / 8)) as [number, number, number];
  const sum = raw[0] + 2 * raw[1] + 2 * raw[2];
  return [raw[0] / sum, raw[1] / sum, raw[2] / sum];
}

/** In place. */
export function hardenMatte(alpha: Uint8Array, width: number, height: number): void {
  const opened = spreadCross(spreadCross(alpha, width, height, Math.min), width, height, Math.max);
  const blurred = blurRows(opened, width, height);
  for (let y = 0; y < height; y++) {
    const [up2, up1, at, down1, down2] = [-2, -1, 0, 1, 2].map((step) => mirror(y + step, height) * width) as Five;
    for (let x = 0; x < width; x++) {
      const value =
        CENTRE * (blurred[at + x] as number) +
        NEAR * ((blurred[up1 + x] as number) + (blurred[down1 + x] as number)) +
        FAR * ((blurred[up2 + x] as number) + (blurred[down2 + x] as number));
      alpha[y * width + x] = Math.round(value) < CUT ? 0 : 255;
    }
  }
}

type Five = [number, number, number, number, number];

/** The least or the most of a pixel and its four neighbours; outside of the picture there is none. */
function spreadCross(
  from: Uint8Array,
  width: number,
  height: number,
  pick: (a: number, b: number) => number,
): Uint8Array {
  const to = new Uint8Array(from.length);
  for (let y = 0; y < height; y++) {
    const up = Math.max(y - 1, 0) * width;
    const down = Math.min(y + 1, height - 1) * width;
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const here = from[i] as number;
      const sides = pick(x > 0 ? (from[i - 1] as number) : here, x < width - 1 ? (from[i + 1] as number) : here);
      to[i] = pick(here, pick(sides, pick(from[up + x] as number, from[down + x] as number)));
    }
  }
  return to;
}

/** The rows alone; the columns are blurred as they are read. */
function blurRows(from: Uint8Array, width: number, height: number): Float32Array {
  const to = new Float32Array(from.length);
  for (let y = 0; y < height; y++) {
    const row = from.subarray(y * width, (y + 1) * width);
    for (let x = 0; x < width; x++) {
      const at = (step: number): number => row[mirror(x + step, width)] as number;
      to[y * width + x] = CENTRE * at(0) + NEAR * (at(-1) + at(1)) + FAR * (at(-2) + at(2));
    }
  }
  return to;
}

/** Beyond the border the picture goes on as in a mirror whose glass is the last pixel. */
function mirror(at: number, length: number): number {
  if (length === 1) return 0;
  const turned = Math.abs(at);
  return turned < length ? turned : Math.max(0, 2 * (length - 1) - turned);
}
