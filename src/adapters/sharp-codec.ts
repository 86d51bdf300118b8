/**
 * Pictures by sharp (libvips), but for what `png-writer` writes. Only bytes whose first ones were recognised reach it, and only
 * its six loaders are on.
 */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { RemuvrError } from '../domain/errors.ts';
import { type ExifTags, readExif } from '../domain/exif.ts';
import { readImageHeader } from '../domain/image-header.ts';
import { decodeBmp } from '../domain/matting/bmp-decoder.ts';
import type { Samples, Size } from '../domain/matting/cutout.ts';
import { enlargeRgb } from '../domain/matting/enlarge-rgb.ts';
import type { ImageRaster } from '../domain/matting/raster.ts';
import type { ImageCodec } from '../ports/image-codec.ts';
import { writePng } from './png-writer.ts';

type PixelShape = Parameters<ImageCodec['encode']>[1];
type EncodedFormat = Parameters<ImageCodec['encode']>[2];

/** What sharp calls the formats that it may decode. HEIC and AVIF share a loader. */
const SHARP_FORMATS: Readonly<Record<string, string>> = {
  jpeg: 'jpeg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tiff: 'tiff',
  avif: 'heif',
  heic: 'heif',
};

const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((name) => `VipsForeignLoad${name}Buffer`);

/** Enough for every signature; sizes are read by sharp. */
const SNIFFED_BYTES = 4096;

/** libvips otherwise tries every loader that it has, SVG and its own trusted `.v` format among them. */
function blockOtherLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
}

/** The prebuilt libvips reads AV1 in HEIF and not HEVC, and sharp lists its suffixes accordingly. */
function canDecodeHeic(): boolean {
  return sharp.format.heif.input.fileSuffix?.includes('.heic') ?? false;
}

function checkFormat(bytes: Uint8Array): string {
  const { format } = readImageHeader(bytes.subarray(0, SNIFFED_BYTES));
  if (format === 'unknown') throw new RemuvrError('invalid_image');
  const isDecodable = format === 'bmp' || (format in SHARP_FORMATS && (format !== 'heic' || canDecodeHeic()));
  if (!isDecodable) throw new RemuvrError('unsupported_format');
  return format;
}

/** sharp tells its reasons only as text. Whatever it refuses for another reason is damage. */
async function refuseAsInvalid<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isOverLimit = error instanceof Error && /exceeds pixel limit|dimensions? exceed/i.test(error.message);
    throw new RemuvrError(isOverLimit ? 'too_many_pixels' : 'invalid_image');
  }
}

/** The source's alpha apart from its colours; undefined where every pixel is opaque. */
function splitAlpha(pixels: Uint8Array, width: number, height: number): ImageRaster {
  const rgb = new Uint8Array(width * height * 3);
  const alpha = new Uint8Array(width * height);
  let isOpaque = true;
  for (let i = 0, from = 0, to = 0; i < alpha.length; i++, from += 4, to += 3) {
    rgb[to] = pixels[from] as number;
    rgb[to + 1] = pixels[from + 1] as number;
    rgb[to + 2] = pixels[from + 2] as number;
    alpha[i] = pixels[from + 3] as number;
    if (alpha[i] !== 255) isOpaque = false;
  }
  return isOpaque ? { rgb, width, height } : { rgb, alpha, width, height };
}

async function decodeBySharp(bytes: Uint8Array, format: string, maxPixels: number): Promise<ImageRaster> {
  // The header alone, so that the size is known before a pixel is allocated.
  const header = await refuseAsInvalid(sharp(bytes, { limitInputPixels: false, failOn: 'error' }).metadata());
  if (header.format !== SHARP_FORMATS[format]) throw new RemuvrError('invalid_image');
  if (header.width * (header.pageHeight ?? header.height) > maxPixels) throw new RemuvrError('too_many_pixels');

  // 'truncated' lets a TIFF lose its end, and a PNG fail its checksum, in silence. 'error' lost no pixel of any cut file.
  // The first page or frame is the default. A profile of the file is converted to sRGB by sharp before the output.
  const picture = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, autoOrient: true });
  const { data, info } = await refuseAsInvalid(
    picture.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  );
  if (info.channels === 3) return { rgb: data, width: info.width, height: info.height };
  if (info.channels === 4) return splitAlpha(data, info.width, info.height);
  throw new RemuvrError('unsupported_format');
}

async function readMetadata(path: string): Promise<ExifTags | undefined> {
  const bytes = await readFile(path);
  if (checkFormat(bytes) === 'bmp') return undefined;
  const { exif } = await refuseAsInvalid(sharp(bytes, { limitInputPixels: false }).metadata());
  return exif && readExif(exif);
}

/** The least effort of each: at 12 MP the next one up costs half as much again or more, for few bytes. */
const ENCODERS: Readonly<Record<EncodedFormat, (picture: Sharp) => Sharp>> = {
  // A mask, or what tells more than pixels. `quality` or `palette` would make it lossy and slow.
  png: (picture) => picture.png({ compressionLevel: 1, adaptiveFiltering: false, palette: false }),
  // 0.77 s; effort 1 takes 1.46 s.
  webp: (picture) => picture.webp({ quality: 85, alphaQuality: 100, effort: 0 }),
  // 0.60 s; effort 1 takes 1.49 s.
  avif: (picture) => picture.avif({ quality: 60, effort: 0, chromaSubsampling: '4:4:4' }),
  // 0.20 s.
  jpg: (picture) => picture.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }),
  tiff: (picture) => picture.tiff({ compression: 'deflate', predictor: 'horizontal' }),
};

/** sharp takes colour and alpha as they are, and puts them together while it encodes. */
async function encodeBySharp(pixels: Samples, shape: PixelShape, format: EncodedFormat): Promise<Uint8Array> {
  const { width, height, channels, alpha, dpi, exif } = shape;
  const picture = sharp(pixels, { raw: { width, height, channels }, limitInputPixels: false });
  if (alpha) {
    const plane = Buffer.from(alpha.buffer, alpha.byteOffset, alpha.byteLength);
    picture.joinChannel(plane, { raw: { width, height, channels: 1 }, limitInputPixels: false });
  }
  // Else sharp writes a grey picture with three channels.
  if (channels === 1) picture.toColourspace(pixels instanceof Uint16Array ? 'grey16' : 'b-w');
  if (exif) picture.withExif(exif);
  if (dpi) picture.withDensity(dpi);
  return ENCODERS[format](picture).toBuffer();
}

/** Nothing to write but RGBA of 8 bits: what nearly every answer is. */
const isPlain = (pixels: Samples, { dpi, exif }: PixelShape): pixels is Uint8Array =>
  pixels instanceof Uint8Array && !dpi && !exif;

/** Sides longer than `size` become `size`; libvips is fast at that, and slow at the other. */
async function reduceBySharp(image: ImageRaster, size: number): Promise<ImageRaster> {
  const width = Math.min(size, image.width);
  const height = Math.min(size, image.height);
  if (width === image.width && height === image.height) return image;
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const picture = sharp(image.rgb, { raw, limitInputPixels: false });
  const rgb = await picture.resize(width, height, { fit: 'fill', kernel: 'lanczos3' }).raw().toBuffer();
  return { rgb, width, height };
}

async function resizeBySharp<T extends Samples>(
  pixels: T,
  { width, height, channels }: Size & { readonly channels: 1 | 3 },
  to: Size,
): Promise<T> {
  const isDeep = pixels instanceof Uint16Array;
  const [grey, colour] = isDeep ? ['grey16', 'rgb16'] : ['b-w', 'srgb'];
  const bytes = await sharp(pixels, { raw: { width, height, channels }, limitInputPixels: false })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'lanczos3' })
    .toColourspace(channels === 1 ? (grey as string) : (colour as string))
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer();
  const { buffer, byteOffset, byteLength } = bytes;
  const resized = isDeep ? new Uint16Array(buffer, byteOffset, byteLength / 2) : bytes;
  return resized as Samples as T;
}

/** Changes sharp's process-wide settings: cache off, other loaders off, `threads` for its own pool. */
export function createSharpCodec(options: { readonly threads: number }): ImageCodec {
  // Every picture is seen once; a cache would only hold memory.
  sharp.cache(false);
  let { threads } = options;
  sharp.concurrency(threads);
  blockOtherLoaders();

  return {
    async decode(path, limits) {
      const bytes = await readFile(path);
      const format = checkFormat(bytes);
      return format === 'bmp' ? decodeBmp(bytes, limits) : decodeBySharp(bytes, format, limits.maxPixels);
    },
    readMetadata,
    async resizeToSquare(image, size) {
      const reduced = await reduceBySharp(image, size);
      return enlargeRgb(reduced.rgb, reduced, { width: size, height: size });
    },
    resize: resizeBySharp,
    async encode(pixels, shape, format) {
      const { width, height, alpha } = shape;
      if (format !== 'png' || !alpha || !isPlain(pixels, shape)) return encodeBySharp(pixels, shape, format);
      return writePng({ rgb: pixels, width, height }, alpha, threads);
    },
    useThreads(count) {
      threads = count;
      sharp.concurrency(threads);
    },
  };
}
