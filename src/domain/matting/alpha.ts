/** The matte's last step: floats become bytes here, rounded once, and nowhere else. */
import type { ImageRaster, Plane } from './raster.ts';

/** The model's alpha, clamped to 0..1 and multiplied by the source's own, as bytes. What is not a number counts as 0. */
export function quantiseAlpha(matte: Plane, source: Pick<ImageRaster, 'alpha'>): Uint8Array {
  const { data } = matte;
  const bytes = new Uint8Array(data.length);
  const own = source.alpha;
  for (let i = 0; i < bytes.length; i++) {
    const value = data[i] as number;
    const ceiling = own ? (own[i] as number) : 255;
    bytes[i] = value >= 1 ? ceiling : value > 0 ? (value * ceiling + 0.5) | 0 : 0;
  }
  return bytes;
}
