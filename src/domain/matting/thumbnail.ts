/** A small picture of a result, for a list of them. */
import type { ImageRaster } from './raster.ts';

/** Pixels of its longest side. */
export const THUMBNAIL_SIDE = 160;

/** Looks into each of its pixels, along each side: 16 of them show no more of a pattern than all would. */
const LOOKS = 4;

export type Thumbnail = {
  readonly rgb: Uint8Array;
  readonly alpha: Uint8Array;
  readonly width: number;
  readonly height: number;
};

/** Never larger than the picture. Colours count as much as they cover, so that what is hidden does not shine through. */
export function makeThumbnail(
  { rgb, width: fullWidth, height: fullHeight }: ImageRaster,
  matte: Uint8Array,
): Thumbnail {
  const scale = Math.min(1, THUMBNAIL_SIDE / Math.max(fullWidth, fullHeight));
  const width = Math.max(1, Math.round(fullWidth * scale));
  const height = Math.max(1, Math.round(fullHeight * scale));
  const thumbnail = { rgb: new Uint8Array(width * height * 3), alpha: new Uint8Array(width * height), width, height };
  const columns = lookPlaces(width, fullWidth);
  const rows = lookPlaces(height, fullHeight);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [red, green, blue, cover] = [0, 0, 0, 0];
      for (let j = y * LOOKS; j < (y + 1) * LOOKS; j++) {
        for (let i = x * LOOKS; i < (x + 1) * LOOKS; i++) {
          const at = (rows[j] as number) * fullWidth + (columns[i] as number);
          const a = matte[at] as number;
          red += a * (rgb[at * 3] as number);
          green += a * (rgb[at * 3 + 1] as number);
          blue += a * (rgb[at * 3 + 2] as number);
          cover += a;
        }
      }
      const to = y * width + x;
      thumbnail.alpha[to] = Math.round(cover / (LOOKS * LOOKS));
      if (cover === 0) continue;
      thumbnail.rgb[to * 3] = Math.round(red / cover);
      thumbnail.rgb[to * 3 + 1] = Math.round(green / cover);
      thumbnail.rgb[to * 3 + 2] = Math.round(blue / cover);
    }
  }
  return thumbnail;
}

/** Evenly over the whole side. */
function lookPlaces(side: number, fullSide: number): Uint32Array {
  const step = fullSide / (side * LOOKS);
  return Uint32Array.from({ length: side * LOOKS }, (_, i) => Math.floor((i + 0.5) * step));
}
