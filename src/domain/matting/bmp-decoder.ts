/**
 * Reads BMP, which the prebuilt libvips does not: 1, 2, 4, 8, 16, 24 and 32 bits, bit fields, RLE4 and RLE8, rows from
 * the bottom or the top. Every size is checked against the bytes at hand before anything is allocated.
 */
import { RemuvrError } from '../errors.ts';
import { decodeRle } from './bmp-rle.ts';
import type { ImageRaster } from './raster.ts';

const BI_RGB = 0;
const BI_RLE8 = 1;
const BI_RLE4 = 2;
const BI_BITFIELDS = 3;
const BI_ALPHABITFIELDS = 6;

type BmpHeader = {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bitsPerPixel: number;
  readonly compression: number;
  readonly paletteStart: number;
  readonly paletteEntryBytes: 3 | 4;
  readonly paletteLength: number;
  readonly pixelStart: number;
  /** Red, green, blue, alpha; 0 where there is none. */
  readonly masks: readonly [number, number, number, number];
};

function readHeader(view: DataView): BmpHeader {
  const size = view.getUint32(14, true);
  const isCore = size === 12;
  const signedHeight = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const bitsPerPixel = view.getUint16(isCore ? 24 : 28, true);
  const compression = size >= 40 ? view.getUint32(30, true) : BI_RGB;
  const colours = size >= 40 ? view.getUint32(46, true) : 0;
  const hasMasks = compression === BI_BITFIELDS || compression === BI_ALPHABITFIELDS;
  const masksAfterHeader = size === 40 && hasMasks ? (compression === BI_ALPHABITFIELDS ? 16 : 12) : 0;
  const paletteStart = 14 + size + masksAfterHeader;
  const mostColours = bitsPerPixel <= 8 ? 2 ** bitsPerPixel : 0;
  // A picture without palette may carry a count of suggested colours; only the pixel offset tells where they end.
  const paletteLength = colours > 0 && colours < mostColours ? colours : mostColours;
  const paletteEntryBytes = isCore ? 3 : 4;
  return {
    width: isCore ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(signedHeight),
    isTopDown: signedHeight < 0,
    bitsPerPixel,
    compression,
    paletteStart,
    paletteEntryBytes,
    paletteLength,
    pixelStart: view.getUint32(10, true) || paletteStart + paletteLength * paletteEntryBytes,
    masks: hasMasks ? readMasks(view, size, compression) : defaultMasks(bitsPerPixel),
  };
}

function readMasks(view: DataView, size: number, compression: number): BmpHeader['masks'] {
  const hasAlpha = size >= 56 || compression === BI_ALPHABITFIELDS;
  const mask = (index: number) => view.getUint32(54 + index * 4, true);
  return [mask(0), mask(1), mask(2), hasAlpha ? mask(3) : 0];
}

/** The fourth byte of plain 32-bit pixels is reserved, and not alpha. */
function defaultMasks(bitsPerPixel: number): BmpHeader['masks'] {
  return bitsPerPixel === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

/** OS/2 gives 3 and 4 other meanings (Huffman, RLE24); 4 and 5 are JPEG and PNG inside; 11 to 13 are CMYK. */
function checkIsDecodable(header: BmpHeader, headerSize: number): void {
  const { bitsPerPixel, compression } = header;
  if (![1, 2, 4, 8, 16, 24, 32].includes(bitsPerPixel)) throw new RemuvrError('invalid_image');
  const isFitting =
    compression === BI_RGB ||
    (compression === BI_RLE8 && bitsPerPixel === 8) ||
    (compression === BI_RLE4 && bitsPerPixel === 4) ||
    ((compression === BI_BITFIELDS || compression === BI_ALPHABITFIELDS) &&
      (bitsPerPixel === 16 || bitsPerPixel === 32));
  if (!isFitting || (headerSize === 64 && compression > BI_RLE4)) throw new RemuvrError('unsupported_format');
}

function readPalette(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  for (let i = 0; i < header.paletteLength; i++) {
    const at = header.paletteStart + i * header.paletteEntryBytes;
    if (at + 3 > bytes.length) throw new RemuvrError('invalid_image');
    palette.set([bytes[at + 2] as number, bytes[at + 1] as number, bytes[at] as number], i * 3);
  }
  return palette;
}

type Painter = (row: Uint8Array, target: number) => void;

function paintIndexed(header: BmpHeader, palette: Uint8Array, rgb: Uint8Array): Painter {
  const { bitsPerPixel: bits, width } = header;
  const mask = 2 ** bits - 1;
  return (row, target) => {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const index = ((row[bit >> 3] as number) >> (8 - bits - (bit & 7))) & mask;
      for (let c = 0; c < 3; c++) rgb[(target + x) * 3 + c] = palette[index * 3 + c] as number;
    }
  };
}

function paintBgr(width: number, rgb: Uint8Array): Painter {
  return (row, target) => {
    for (let from = 0, to = target * 3; from < width * 3; from += 3, to += 3) {
      rgb[to] = row[from + 2] as number;
      rgb[to + 1] = row[from + 1] as number;
      rgb[to + 2] = row[from] as number;
    }
  };
}

/** The bits under a mask as 0..255. */
function createChannel(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most);
}

function paintMasked(header: BmpHeader, rgb: Uint8Array, alpha: Uint8Array | undefined): Painter {
  const [red, green, blue, opacity] = header.masks.map(createChannel) as [
    (pixel: number) => number,
    (pixel: number) => number,
    (pixel: number) => number,
    (pixel: number) => number,
  ];
  const isShort = header.bitsPerPixel === 16;
  return (row, target) => {
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    for (let x = 0; x < header.width; x++) {
      const pixel = isShort ? view.getUint16(x * 2, true) : view.getUint32(x * 4, true);
      const to = (target + x) * 3;
      rgb[to] = red(pixel);
      rgb[to + 1] = green(pixel);
      rgb[to + 2] = blue(pixel);
      if (alpha) alpha[target + x] = opacity(pixel);
    }
  };
}

/** The packed rows; RLE is unpacked to one byte a pixel first, and the header changed to say so. */
function unpackRows(bytes: Uint8Array, header: BmpHeader): { header: BmpHeader; rows: Uint8Array; stride: number } {
  const { width, height } = header;
  const packed = bytes.subarray(header.pixelStart);
  if (header.compression === BI_RLE8 || header.compression === BI_RLE4) {
    if (header.isTopDown) throw new RemuvrError('invalid_image');
    const rows = decodeRle(packed, width, height, header.bitsPerPixel === 4);
    return { header: { ...header, bitsPerPixel: 8 }, rows, stride: width };
  }
  const stride = Math.ceil((width * header.bitsPerPixel) / 32) * 4;
  const lastRow = Math.ceil((width * header.bitsPerPixel) / 8);
  if (packed.length < stride * (height - 1) + lastRow) throw new RemuvrError('invalid_image');
  return { header, rows: packed, stride };
}

/** Throws RemuvrError; the caller has seen the magic bytes. */
export function decodeBmp(bytes: Uint8Array, limits: { readonly maxPixels: number }): ImageRaster {
  // The longest header that is read here ends at 70; what is shorter cannot hold a picture as well, except the oldest.
  const padded = bytes.length < 128 ? new Uint8Array(128) : bytes;
  if (padded !== bytes) padded.set(bytes);
  const view = new DataView(padded.buffer, padded.byteOffset, padded.byteLength);
  const read = readHeader(view);
  const { width, height } = read;
  if (width <= 0 || height <= 0) throw new RemuvrError('invalid_image');
  if (width * height > limits.maxPixels) throw new RemuvrError('too_many_pixels');
  checkIsDecodable(read, view.getUint32(14, true));

  const { header, rows, stride } = unpackRows(bytes, read);
  const palette = readPalette(bytes, header);
  const rgb = new Uint8Array(width * height * 3);
  const alpha = header.masks[3] !== 0 && header.bitsPerPixel >= 16 ? new Uint8Array(width * height) : undefined;
  const paint =
    header.bitsPerPixel <= 8
      ? paintIndexed(header, palette, rgb)
      : header.bitsPerPixel === 24
        ? paintBgr(width, rgb)
        : paintMasked(header, rgb, alpha);
  for (let y = 0; y < height; y++) {
    const line = header.isTopDown ? y : height - 1 - y;
    paint(rows.subarray(y * stride, y * stride + Math.min(stride, rows.length - y * stride)), line * width);
  }
  // Many writers declare an alpha mask and leave the bits empty; an invisible picture is never meant.
  const isMeaningful = alpha?.some((a) => a !== 0) && alpha.some((a) => a !== 255);
  return alpha && isMeaningful ? { rgb, alpha, width, height } : { rgb, width, height };
}
