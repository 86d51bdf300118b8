/**
 * What a camera wrote beside a picture (Exif 2.32, in a TIFF 6.0 structure), as far as it still holds for another picture made
 * of it: who, when, where and with what. Orientation, sizes, thumbnails and makers' notes would tell of the pixels that were.
 */

/** Values as libvips writes them: text, whole numbers, or fractions such as `1/100`; several with spaces between. */
export type ExifTags = Readonly<Record<'IFD0' | 'IFD2' | 'IFD3', Readonly<Record<string, string>>>>;

const TEXT = 2;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;
const SIGNED_RATIONAL = 10;
const SIZES: Readonly<Record<number, number>> = {
  [TEXT]: 1,
  [SHORT]: 2,
  [LONG]: 4,
  [RATIONAL]: 8,
  [SIGNED_RATIONAL]: 8,
};

const KEPT: Readonly<Record<keyof ExifTags, Readonly<Record<number, string>>>> = {
  IFD0: {
    270: 'ImageDescription',
    271: 'Make',
    272: 'Model',
    305: 'Software',
    306: 'DateTime',
    315: 'Artist',
    33432: 'Copyright',
  },
  IFD2: {
    33434: 'ExposureTime',
    33437: 'FNumber',
    34850: 'ExposureProgram',
    34855: 'ISOSpeedRatings',
    36867: 'DateTimeOriginal',
    36868: 'DateTimeDigitized',
    37380: 'ExposureBiasValue',
    37383: 'MeteringMode',
    37385: 'Flash',
    37386: 'FocalLength',
  },
  IFD3: {
    1: 'GPSLatitudeRef',
    2: 'GPSLatitude',
    3: 'GPSLongitudeRef',
    4: 'GPSLongitude',
    6: 'GPSAltitude',
    7: 'GPSTimeStamp',
    29: 'GPSDateStamp',
  },
};

const EXIF_FOLDER = 0x8769;
const GPS_FOLDER = 0x8825;
const MAX_TEXT = 1000;
const MAX_ENTRIES = 500;

type Reader = { readonly data: DataView; readonly isLittle: boolean };

/** `exif`: with or without its six letters before the TIFF structure. Whatever is damaged in it is left out. */
export function readExif(exif: Uint8Array): ExifTags {
  const start = exif[0] === 0x45 && exif[1] === 0x78 ? 6 : 0;
  const data = new DataView(
    exif.buffer,
    exif.byteOffset + Math.min(start, exif.length),
    Math.max(0, exif.length - start),
  );
  const none: ExifTags = { IFD0: {}, IFD2: {}, IFD3: {} };
  if (data.byteLength < 8) return none;
  const reader = { data, isLittle: data.getUint16(0) === 0x4949 };
  if (data.getUint16(2, reader.isLittle) !== 42) return none;
  const first = readFolder(reader, data.getUint32(4, reader.isLittle));
  const folderAt = (tag: number): ReadonlyMap<number, string> => readFolder(reader, Number(first.get(tag) ?? 0));
  return {
    IFD0: pick(first, KEPT.IFD0),
    IFD2: pick(folderAt(EXIF_FOLDER), KEPT.IFD2),
    IFD3: pick(folderAt(GPS_FOLDER), KEPT.IFD3),
  };
}

function pick(found: ReadonlyMap<number, string>, names: Readonly<Record<number, string>>): Record<string, string> {
  const kept = Object.entries(names).map(([tag, name]) => [name, found.get(Number(tag))] as const);
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => Boolean(entry[1])));
}

function readFolder({ data, isLittle }: Reader, offset: number): Map<number, string> {
  const found = new Map<number, string>();
  if (offset === 0 || offset + 2 > data.byteLength) return found;
  const count = Math.min(data.getUint16(offset, isLittle), MAX_ENTRIES);
  for (let i = 0, at = offset + 2; i < count && at + 12 <= data.byteLength; i++, at += 12) {
    const value = readValue({ data, isLittle }, at);
    if (value !== undefined) found.set(data.getUint16(at, isLittle), value);
  }
  return found;
}

function readValue({ data, isLittle }: Reader, at: number): string | undefined {
  const type = data.getUint16(at + 2, isLittle);
  const count = data.getUint32(at + 4, isLittle);
  const size = SIZES[type];
  if (size === undefined || count === 0 || count > MAX_TEXT) return undefined;
  const from = size * count <= 4 ? at + 8 : data.getUint32(at + 8, isLittle);
  if (from + size * count > data.byteLength) return undefined;
  if (type === TEXT) return readText(data, from, count);
  const values = Array.from({ length: count }, (_, i) => readNumber({ data, isLittle }, type, from + i * size));
  return values.join(' ');
}

function readNumber({ data, isLittle }: Reader, type: number, at: number): string {
  if (type === SHORT) return String(data.getUint16(at, isLittle));
  if (type === LONG) return String(data.getUint32(at, isLittle));
  if (type === RATIONAL) return `${data.getUint32(at, isLittle)}/${data.getUint32(at + 4, isLittle)}`;
  return `${data.getInt32(at, isLittle)}/${data.getInt32(at + 4, isLittle)}`;
}

/** Of ASCII the letters that can be shown, up to the first zero. */
function readText(data: DataView, from: number, count: number): string | undefined {
  let text = '';
  for (let i = 0; i < count; i++) {
    const byte = data.getUint8(from + i);
    if (byte === 0) break;
    if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
  }
  return text.trim() || undefined;
}
