import type { ExifTags } from '../domain/exif.ts';
import type { Samples, Size } from '../domain/matting/cutout.ts';
import type { ImageRaster } from '../domain/matting/raster.ts';
import type { OutputFormat } from '../domain/removal-options.ts';

/**
 * Turns files into pixels and pixels into files. Runs only in a child process.
 * Failures are `RemuvrError` with code invalid_image, unsupported_format or too_many_pixels.
 */
export interface ImageCodec {
  /** What the file tells of camera, time and place; undefined where it tells nothing that can be read. */
  readMetadata(path: string): Promise<ExifTags | undefined>;
  /** Oriented, sRGB, 8 bits: RGB, and the source's own alpha as a plane where it has one that is not opaque. */
  decode(path: string, limits: { readonly maxPixels: number }): Promise<ImageRaster>;
  /** RGB bytes of the picture squashed to `size` × `size`. */
  resizeToSquare(image: ImageRaster, size: number): Promise<Uint8Array>;
  /** Any size, each channel by itself. 16 bits stay 16. */
  resize<T extends Samples>(pixels: T, from: Size & { readonly channels: 1 | 3 }, to: Size): Promise<T>;
  /** `dpi`: dots an inch, which the file tells to printers; `exif`: what else it tells. `channels` 3: RGB, with `alpha` as a plane of its own where it has one; 1: grey, of 8 or, where the format has them, 16 bits. Returns the encoded file. */
  encode(
    pixels: Samples,
    shape: Size & {
      readonly channels: 1 | 3;
      readonly alpha?: Uint8Array;
      readonly dpi?: number | null;
      readonly exif?: ExifTags | undefined;
    },
    format: Exclude<OutputFormat, 'zip'>,
  ): Promise<Uint8Array>;
  /** From the next call on. */
  useThreads(threads: number): void;
}
