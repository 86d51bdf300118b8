/**
 * What a file is, read from its first bytes: no declared type or name is believed, and native code sees only what
 * passed here. Takes any bytes: never throws, and its work is bounded by the length that it is given.
 */

/** Formats that the pipeline can decode; heic only where the build has the codec. */
export const PICTURE_FORMATS = ['jpeg', 'png', 'webp', 'avif', 'heic', 'gif', 'tiff', 'bmp'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

/** Known for what they are, so that the refusal can say more than "not a picture". */
export const REFUSED_FORMATS = ['svg', 'jxl', 'jp2', 'psd', 'ico', 'pdf'] as const;
export type RefusedFormat = (typeof REFUSED_FORMATS)[number];

/** Sizes are as stored, before the orientation; absent where the given bytes do not tell. */
export type ImageHeader =
  | { readonly format: PictureFormat | RefusedFormat; readonly width?: number; readonly height?: number }
  | { readonly format: 'unknown' };

type Size = { readonly width: number; readonly height: number };

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 64)));

/** Bytes past the end read as 0, so that no reader has to check. */
function createReader(bytes: Uint8Array) {
  const u8 = (at: number): number => bytes[at] ?? 0;
  const u16le = (at: number): number => u8(at) | (u8(at + 1) << 8);
  const u24le = (at: number): number => u16le(at) | (u8(at + 2) << 16);
  const u32le = (at: number): number => u16le(at) + u16le(at + 2) * 0x10000;
  const u16be = (at: number): number => (u8(at) << 8) | u8(at + 1);
  const u32be = (at: number): number => u16be(at) * 0x10000 + u16be(at + 2);
  const hasText = (at: number, text: string): boolean => latin1(bytes, at, at + text.length) === text;
  return { length: bytes.length, u8, u16le, u24le, u32le, u16be, u32be, hasText };
}
type Reader = ReturnType<typeof createReader>;

const DIB_HEADER_SIZES: readonly number[] = [12, 16, 40, 52, 56, 64, 108, 124];

/** The brands of an ISO base media file, major first. A box of a hostile length is cut at 32 brands. */
function readBrands(bytes: Uint8Array, reader: Reader): string[] {
  const end = Math.min(reader.u32be(0), 16 + 32 * 4, bytes.length);
  const brands = [latin1(bytes, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(bytes, at, at + 4));
  return brands;
}

function sniffBrands(brands: readonly string[]): PictureFormat | 'unknown' {
  const [major = ''] = brands;
  const HEVC = /^(hei[cxms]|hev[cxms])$/;
  if (/^avi[fs]$/.test(major)) return 'avif';
  if (HEVC.test(major)) return 'heic';
  // mif1 and msf1 name only the container; the codec is among the compatible brands.
  if (!/^(mif1|msf1|miaf)$/.test(major)) return 'unknown';
  return brands.some((brand) => /^avi[fs]$/.test(brand)) ? 'avif' : 'heic';
}

/** Only text that opens with a tag can be SVG. Zero bytes are skipped, which reads UTF-16 as well. */
function isSvg(bytes: Uint8Array): boolean {
  let text = '';
  for (const byte of bytes.subarray(0, 4096)) if (byte !== 0) text += String.fromCharCode(byte);
  return /^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*</.test(text) && /<(\w{1,32}:)?svg[\s>/]/i.test(text);
}

function sniffFormat(bytes: Uint8Array, reader: Reader): ImageHeader['format'] {
  const { hasText, u8, u16le, u32le } = reader;
  if (hasText(0, '\xff\xd8\xff')) return 'jpeg';
  if (hasText(0, '\x89PNG\r\n\x1a\n')) return 'png';
  if (hasText(0, 'GIF87a') || hasText(0, 'GIF89a')) return 'gif';
  if (hasText(0, 'RIFF') && hasText(8, 'WEBP')) return 'webp';
  // 42 is TIFF, 43 BigTIFF.
  if (hasText(0, 'II*\0') || hasText(0, 'MM\0*') || hasText(0, 'II+\0') || hasText(0, 'MM\0+')) return 'tiff';
  // Two letters are also the start of much prose, so the length of the next header must fit too.
  if (hasText(0, 'BM') && DIB_HEADER_SIZES.includes(u32le(14))) return 'bmp';
  if (hasText(4, 'ftyp')) return sniffBrands(readBrands(bytes, reader));
  if (hasText(0, '\xff\x0a') || hasText(0, '\0\0\0\x0cJXL \r\n\x87\n')) return 'jxl';
  if (hasText(0, '\0\0\0\x0cjP  \r\n\x87\n') || hasText(0, '\xff\x4f\xff\x51')) return 'jp2';
  if (hasText(0, '8BPS')) return 'psd';
  if ((hasText(0, '\0\0\x01\0') || hasText(0, '\0\0\x02\0')) && u16le(4) > 0 && u8(9) === 0) return 'ico';
  if (hasText(0, '%PDF-')) return 'pdf';
  return isSvg(bytes) ? 'svg' : 'unknown';
}

/** Walks from marker to marker up to the frame header; each step goes forward by at least one byte. */
function readJpegSize({ length, u8, u16be }: Reader): Size | undefined {
  for (let at = 2; at + 9 < length; ) {
    if (u8(at) !== 0xff) return undefined;
    const marker = u8(at + 1);
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker === 0xda || marker === 0xd9) return undefined;
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: u16be(at + 7), height: u16be(at + 5) };
    } else at += 2 + Math.max(2, u16be(at + 2));
  }
  return undefined;
}

function readWebpSize({ u8, u16le, u24le, u32le, hasText, length }: Reader): Size | undefined {
  if (length < 30) return undefined;
  if (hasText(12, 'VP8X')) return { width: u24le(24) + 1, height: u24le(27) + 1 };
  if (hasText(12, 'VP8L') && u8(20) === 0x2f) {
    const bits = u32le(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (hasText(12, 'VP8 ') && hasText(23, '\x9d\x01\x2a')) {
    return { width: u16le(26) & 0x3fff, height: u16le(28) & 0x3fff };
  }
  return undefined;
}

function readBmpSize({ u16le, u32le, length }: Reader): Size | undefined {
  if (length < 26) return undefined;
  if (u32le(14) === 12) return { width: u16le(18), height: u16le(20) };
  // A negative height says that the rows run from the top.
  return { width: u32le(18) | 0, height: Math.abs(u32le(22) | 0) };
}

function readSize(format: ImageHeader['format'], reader: Reader): Size | undefined {
  switch (format) {
    case 'jpeg':
      return readJpegSize(reader);
    case 'png':
      return reader.length >= 24 && reader.hasText(12, 'IHDR')
        ? { width: reader.u32be(16), height: reader.u32be(20) }
        : undefined;
    case 'gif':
      return reader.length >= 10 ? { width: reader.u16le(6), height: reader.u16le(8) } : undefined;
    case 'webp':
      return readWebpSize(reader);
    case 'bmp':
      return readBmpSize(reader);
    default:
      return undefined;
  }
}

/** Give it the first 64 KiB or the whole file; a size of zero or less is no size. */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const reader = createReader(bytes);
  const format = sniffFormat(bytes, reader);
  if (format === 'unknown') return { format };
  const size = readSize(format, reader);
  return size && size.width > 0 && size.height > 0 ? { format, ...size } : { format };
}
