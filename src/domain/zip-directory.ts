/** The directory of somebody's ZIP archive (PKWARE APPNOTE 6.3.10). It is believed in nothing: undefined is a refusal. */

/** The end record, its comment of 65,535 bytes at most before the end of the file. */
export const END_BYTES = 22 + 65_535;
export const LOCAL_HEADER_BYTES = 30;

export type DirectoryPlace = { readonly offset: number; readonly size: number; readonly count: number };

export type ArchiveEntry = {
  readonly name: Uint8Array;
  readonly isUtf8: boolean;
  /** Of its header. */
  readonly offset: number;
  readonly packedSize: number;
  readonly size: number;
  readonly crc: number;
  readonly kind: 'stored' | 'deflated' | 'folder' | 'link' | 'encrypted' | 'unknown';
};

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** `tail`: the last bytes of a file of `fileSize`. An archive of 4 GB or of 65,535 members is not looked into. */
export function findDirectory(tail: Uint8Array, fileSize: number): DirectoryPlace | undefined {
  const data = view(tail);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (data.getUint32(at, true) !== 0x0605_4b50) continue;
    if (at + 22 + data.getUint16(at + 20, true) !== tail.length) continue;
    const count = data.getUint16(at + 10, true);
    const size = data.getUint32(at + 12, true);
    const offset = data.getUint32(at + 16, true);
    const isWhole = data.getUint16(at + 4, true) === 0 && data.getUint16(at + 8, true) === count && count < 65_535;
    return isWhole && offset + size <= fileSize - (tail.length - at) ? { offset, size, count } : undefined;
  }
  return undefined;
}

export function readDirectory(directory: Uint8Array, count: number): ArchiveEntry[] | undefined {
  const data = view(directory);
  const entries: ArchiveEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || data.getUint32(at, true) !== 0x0201_4b50) return undefined;
    const nameEnd = at + 46 + data.getUint16(at + 28, true);
    const next = nameEnd + data.getUint16(at + 30, true) + data.getUint16(at + 32, true);
    if (next > directory.length) return undefined;
    entries.push(readEntry(data, at, directory.subarray(at + 46, nameEnd)));
    at = next;
  }
  return entries;
}

const METHODS: Readonly<Record<number, 'stored' | 'deflated'>> = { 0: 'stored', 8: 'deflated' };

function readEntry(data: DataView, at: number, name: Uint8Array): ArchiveEntry {
  const flags = data.getUint16(at + 8, true);
  return {
    name,
    isUtf8: (flags & 0x800) !== 0,
    offset: data.getUint32(at + 42, true),
    packedSize: data.getUint32(at + 20, true),
    size: data.getUint32(at + 24, true),
    crc: data.getUint32(at + 16, true),
    kind: kindOf(data, at, flags, name),
  };
}

const SLASH = 0x2f;
/** The mode of a file on Unix, in the upper half of the attributes. */
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;

function kindOf(data: DataView, at: number, flags: number, name: Uint8Array): ArchiveEntry['kind'] {
  if (name.at(-1) === SLASH) return 'folder';
  if ((flags & 1) !== 0) return 'encrypted';
  const isUnix = data.getUint8(at + 5) === 3;
  const type = (data.getUint32(at + 38, true) >>> 16) & FILE_TYPE;
  // Links, pipes and devices: nothing but bytes becomes a picture.
  if (isUnix && type !== 0 && type !== REGULAR) return 'link';
  return METHODS[data.getUint16(at + 10, true)] ?? 'unknown';
}

/** Where a member's bytes begin, by its own header. */
export function findMemberBytes(header: Uint8Array, offset: number): number | undefined {
  const data = view(header);
  if (header.length < LOCAL_HEADER_BYTES || data.getUint32(0, true) !== 0x0403_4b50) return undefined;
  return offset + LOCAL_HEADER_BYTES + data.getUint16(26, true) + data.getUint16(28, true);
}
