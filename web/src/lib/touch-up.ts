/**
 * Touching up a matte by brush. One byte a pixel says what the hand wants: 128 leaves the matte as it is, 255 keeps the
 * pixel whole, 0 erases it; what lies between goes part of the way, so that a soft brush leaves a soft edge.
 */

export const NEUTRAL = 128;

export type Plane = { readonly width: number; readonly height: number; readonly data: Uint8Array };
export type Box = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
export type Dab = { readonly x: number; readonly y: number; readonly radius: number; readonly mode: 'keep' | 'erase' };

export function createPlane(width: number, height: number): Plane {
  return { width, height, data: new Uint8Array(width * height).fill(NEUTRAL) };
}

/** One touch of the brush: hard to two thirds of its radius, then falling off. The nearer to its aim a pixel is, it stays. */
export function dab(plane: Plane, { x, y, radius, mode }: Dab): Box {
  const box = boxAround(plane, x, y, radius);
  const aim = mode === 'keep' ? 255 : 0;
  for (let row = box.top; row < box.bottom; row += 1) {
    for (let column = box.left; column < box.right; column += 1) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y) / radius;
      if (distance >= 1) continue;
      const strength = distance <= 2 / 3 ? 1 : (1 - distance) * 3;
      const wanted = NEUTRAL + (aim - NEUTRAL) * strength;
      const index = row * plane.width + column;
      const present = plane.data[index] ?? NEUTRAL;
      // Within a stroke dabs overlap: they must not wear off what an earlier one has reached.
      plane.data[index] = Math.round(mode === 'keep' ? Math.max(present, wanted) : Math.min(present, wanted));
    }
  }
  return box;
}

/** The touches on the way from one place to the next, close enough to be one line. */
export function stroke(plane: Plane, from: { x: number; y: number }, to: Dab): Box {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const steps = Math.max(1, Math.ceil(length / Math.max(1, to.radius / 4)));
  let box = dab(plane, to);
  for (let step = 0; step < steps; step += 1) {
    const share = step / steps;
    const x = from.x + (to.x - from.x) * share;
    const y = from.y + (to.y - from.y) * share;
    box = unite(box, dab(plane, { ...to, x, y }));
  }
  return box;
}

function boxAround({ width, height }: Plane, x: number, y: number, radius: number): Box {
  const clamp = (value: number, max: number): number => Math.min(Math.max(value, 0), max);
  return {
    left: clamp(Math.floor(x - radius), width),
    top: clamp(Math.floor(y - radius), height),
    right: clamp(Math.ceil(x + radius), width),
    bottom: clamp(Math.ceil(y + radius), height),
  };
}

export const unite = (a: Box, b: Box): Box => ({
  left: Math.min(a.left, b.left),
  top: Math.min(a.top, b.top),
  right: Math.max(a.right, b.right),
  bottom: Math.max(a.bottom, b.bottom),
});

type Pixels = Uint8ClampedArray;

/** The touched-up cut-out inside of a box. Kept pixels take the photo's colour, since the cut-out may have none there. */
export function applyTouches(options: {
  readonly cutout: Pixels;
  readonly photo: Pixels;
  readonly plane: Plane;
  readonly into: Pixels;
  readonly box: Box;
}): void {
  const { cutout, photo, plane, into, box } = options;
  for (let row = box.top; row < box.bottom; row += 1) {
    for (let column = box.left; column < box.right; column += 1) {
      const pixel = row * plane.width + column;
      const touch = plane.data[pixel] ?? NEUTRAL;
      const at = pixel * 4;
      const alpha = cutout[at + 3] ?? 0;
      const kept = touch > NEUTRAL ? (touch - NEUTRAL) / (255 - NEUTRAL) : 0;
      const result = touch >= NEUTRAL ? alpha + (255 - alpha) * kept : (alpha * touch) / NEUTRAL;
      // Where the cut-out is invisible its colour means nothing.
      const share = alpha === 0 && kept > 0 ? 1 : kept;
      for (let channel = 0; channel < 3; channel += 1) {
        const own = cutout[at + channel] ?? 0;
        into[at + channel] = own + ((photo[at + channel] ?? 0) - own) * share;
      }
      into[at + 3] = result;
    }
  }
}
