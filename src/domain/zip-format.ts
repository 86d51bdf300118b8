/** What a ZIP archive holds beside its members' bytes (PKWARE APPNOTE 6.3.10), to be written as it goes: members are stored. */

/** `name` in UTF-8. Sizes and checksum are known before the member is written, so that any reader takes it as it comes. */
export type ZipMember = { readonly name: Uint8Array; readonly size: number; readonly crc: number };
export type WrittenMember = ZipMember & /** Where its header begins. */ { readonly offset: number };

const UTF8_NAMES = 0x800;
/** 1980-01-01: the first day that the format knows, so that the same members give the same bytes. */
const FIRST_DAY = 0x21;
const VERSION = 20;
const VERSION_64 = 45;
const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;

type Field = readonly [bytes: 2 | 4 | 8, value: number];

function pack(fields: readonly Field[], ...tails: readonly Uint8Array[]): Uint8Array {
  const size = fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const packed = new Uint8Array(tails.reduce((sum, tail) => sum + tail.length, size));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  for (const tail of tails) {
    packed.set(tail, at);
    at += tail.length;
  }
  return packed;
}

const common = ({ name, size, crc }: ZipMember, extra: number): Field[] => [
  [2, UTF8_NAMES],
  [2, 0],
  [2, 0],
  [2, FIRST_DAY],
  [4, crc],
  [4, size],
  [4, size],
  [2, name.length],
  [2, extra],
];

export function localHeader(member: ZipMember): Uint8Array {
  return pack([[4, 0x0403_4b50], [2, VERSION], ...common(member, 0)], member.name);
}

function centralHeader(member: WrittenMember): Uint8Array {
  const isFar = member.offset >= MAX_32;
  const extra = isFar
    ? pack([
        [2, 1],
        [2, 8],
        [8, member.offset],
      ])
    : new Uint8Array(0);
  const version = isFar ? VERSION_64 : VERSION;
  const head: Field[] = [[4, 0x0201_4b50], [2, version], [2, version], ...common(member, extra.length)];
  const tail: Field[] = [
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, isFar ? MAX_32 : member.offset],
  ];
  return pack([...head, ...tail], member.name, extra);
}

/** All that follows the last member. `offset`: where it begins. */
export function zipDirectory(members: readonly WrittenMember[], offset: number): Uint8Array {
  const headers = members.map(centralHeader);
  const size = headers.reduce((sum, header) => sum + header.length, 0);
  const count = members.length;
  const end = offset + size;
  const isLarge = offset >= MAX_32 || count >= MAX_16;
  const large: Field[] = [
    [4, 0x0606_4b50],
    [8, 44],
    [2, VERSION_64],
    [2, VERSION_64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, size],
    [8, offset],
    [4, 0x0706_4b50],
    [4, 0],
    [8, end],
    [4, 1],
  ];
  const counts = Math.min(count, MAX_16);
  const last: Field[] = [
    [4, 0x0605_4b50],
    [2, 0],
    [2, 0],
    [2, counts],
    [2, counts],
    [4, size],
  ];
  return pack([], ...headers, pack([...(isLarge ? large : []), ...last, [4, Math.min(offset, MAX_32)], [2, 0]]));
}
