import type { ImageRaster } from '../domain/matting/raster.ts';
import type { OutputFormat } from '../domain/removal-options.ts';

/**
 * Turns files into pixels and pixels into files. Runs only in a child process.
 * Failures are `RemuvrError` with code invalid_image, unsupported_format or too_many_pixels.
 */
export interface ImageCodec {
  /** Oriented, sRGB, 8 bits: RGB, and the source's own alpha as a plane where it has one that is not opaque. */
  decode(path: string, limits: { readonly maxPixels: number }): Promise<ImageRaster>;
  /** RGB bytes of the picture squashed to `size` × `size`. */
  resizeToSquare(image: ImageRaster, size: number): Promise<Uint8Array>;
  /** `channels` 3: RGB, with `alpha` as a plane of its own where it has one; 1: grey. Returns the encoded file. */
  encode(
    pixels: Uint8Array,
    shape: {
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3;
      readonly alpha?: Uint8Array;
    },
    format: Exclude<OutputFormat, 'zip'>,
  ): Promise<Uint8Array>;
  /** From the next call on. */
  useThreads(threads: number): void;
}
