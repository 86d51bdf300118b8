/** Colour and alpha of one size, and their whole pixels moved from one canvas to another. */

export type Size = { readonly width: number; readonly height: number };

export type Rect = Size & { readonly left: number; readonly top: number };

/** `rgb`: 3 bytes per pixel, not multiplied by alpha. `alpha`: 1. Both row by row. */
export type Cutout = Size & { readonly rgb: Uint8Array; readonly alpha: Uint8Array };

export type Samples = Uint8Array | Uint16Array;

/**
 * The pixels of `from` (in the picture), on an empty canvas at `at`, both inside. The picture itself where it stays as it is.
 */
export function movePixels<T extends Samples>(pixels: T, picture: Size, from: Rect, canvas: Size, at: Rect): T {
  const isWhole = from.left === 0 && from.top === 0 && from.width === picture.width && from.height === picture.height;
  if (isWhole && canvas.width === picture.width && canvas.height === picture.height) return pixels;
  const channels = pixels.length / (picture.width * picture.height);
  const moved = new (pixels.constructor as new (length: number) => T)(canvas.width * canvas.height * channels);
  for (let y = 0; y < from.height; y++) {
    const source = ((from.top + y) * picture.width + from.left) * channels;
    const target = ((at.top + y) * canvas.width + at.left) * channels;
    moved.set(pixels.subarray(source, source + from.width * channels), target);
  }
  return moved;
}

export const wholeOf = ({ width, height }: Size): Rect => ({ left: 0, top: 0, width, height });

/** In place: what lies outside of the rectangle is background. */
export function clearOutside(alpha: Samples, { width }: Size, rect: Rect): void {
  const right = rect.left + rect.width;
  for (let y = 0, row = 0; row < alpha.length; y++, row += width) {
    if (y < rect.top || y >= rect.top + rect.height) {
      alpha.fill(0, row, row + width);
      continue;
    }
    alpha.fill(0, row, row + rect.left);
    alpha.fill(0, row + right, row + width);
  }
}
