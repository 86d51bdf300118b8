/**
 * The pictures of a ZIP archive, one after the other, each in a file of its own. Names of the archive are never names of
 * files. What its directory says decides what is looked at, and no member may come to more than it says: so an archive
 * that would be larger than allowed is refused before a byte of it is unpacked.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { cleanItemName, type ItemError, isArchiveLitter } from '../../domain/batch.ts';
import { RemuvrError } from '../../domain/errors.ts';
import {
  type ArchiveEntry,
  END_BYTES,
  findDirectory,
  findMemberBytes,
  LOCAL_HEADER_BYTES,
  readDirectory,
} from '../../domain/zip-directory.ts';
import { type KeptStream, keepStream } from './keep-stream.ts';

/** Of an archive as small as its directory lets it be: 1,000 members with names as long as a path. */
const DIRECTORY_BYTES = 4_194_304;
const LOCAL_FILE = Buffer.from('PK\u0003\u0004', 'latin1');
const EMPTY_ARCHIVE = Buffer.from('PK\u0005\u0006', 'latin1');

export const isArchive = (head: Uint8Array): boolean =>
  [LOCAL_FILE, EMPTY_ARCHIVE].some((mark) => mark.equals(head.subarray(0, mark.length)));

type Unpacking = {
  readonly archivePath: string;
  readonly temporaryPath: () => Promise<string>;
  readonly maxItems: number;
  /** How many more the batch may hold. */
  readonly room: number;
  readonly maxFileSize: number;
  /** Of all pictures together, of which the batch has `usedBytes` already. */
  readonly maxBytes: number;
  readonly usedBytes: number;
};

export type UnpackedItem = { readonly name: string } & (
  | { readonly path: string; readonly kept: KeptStream }
  | { readonly error: ItemError }
);

/** Throws `invalid_archive`, `invalid_parameter` for too many members, `file_too_large` for too much in all. */
export async function* unpackArchive(unpacking: Unpacking): AsyncGenerator<UnpackedItem> {
  const archive = await open(unpacking.archivePath);
  try {
    const entries = await listEntries(archive, unpacking);
    for (const [i, entry] of entries.entries()) {
      const name = cleanItemName(decodeName(entry)) ?? `picture-${i + 1}`;
      yield { name, ...(await unpackEntry(archive, entry, unpacking)) };
    }
  } finally {
    await archive.close();
  }
}

async function listEntries(
  archive: FileHandle,
  { maxItems, room, maxBytes, usedBytes }: Unpacking,
): Promise<ArchiveEntry[]> {
  const { size } = await archive.stat();
  const tailStart = Math.max(0, size - END_BYTES);
  const place = findDirectory(await readBytes(archive, tailStart, size - tailStart), size);
  if (!place || place.size > DIRECTORY_BYTES) throw new RemuvrError('invalid_archive');
  const found = readDirectory(await readBytes(archive, place.offset, place.size), place.count);
  if (!found) throw new RemuvrError('invalid_archive');
  const entries = found.filter((entry) => entry.kind !== 'folder' && !isArchiveLitter(decodeName(entry)));
  if (entries.length > room) throw tooManyItems(maxItems);
  if (entries.reduce((sum, entry) => sum + entry.size, usedBytes) > maxBytes) throw batchTooLarge(maxBytes);
  return entries;
}

export const tooManyItems = (maxItems: number): RemuvrError =>
  new RemuvrError('invalid_parameter', `A batch holds at most ${maxItems} pictures.`);

export const batchTooLarge = (maxBytes: number): RemuvrError =>
  new RemuvrError('file_too_large', `The pictures of a batch may come to ${maxBytes} bytes in all.`);

export const itemTooLarge = (maxFileSize: number): ItemError => ({
  code: 'file_too_large',
  message: `The file is larger than the ${maxFileSize} bytes that the plan of this account allows.`,
});

async function readBytes(archive: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await archive.read(Buffer.alloc(length), 0, length, start);
  return buffer.subarray(0, bytesRead);
}

/** Older archives say nothing of their letters; most are UTF-8 all the same. */
function decodeName({ name, isUtf8 }: ArchiveEntry): string {
  const text = new TextDecoder('utf-8').decode(name);
  return isUtf8 || !text.includes('\ufffd') ? text : Buffer.from(name).toString('latin1');
}

const REFUSALS: Readonly<Partial<Record<ArchiveEntry['kind'], string>>> = {
  link: 'This member of the archive is a link, not a file.',
  encrypted: 'This member of the archive is encrypted.',
  unknown: 'This member of the archive is packed by a method that this server does not read.',
};
const DAMAGED: ItemError = { code: 'invalid_image', message: 'This member of the archive is damaged.' };

type Unpacked = { readonly path: string; readonly kept: KeptStream } | { readonly error: ItemError };

async function unpackEntry(archive: FileHandle, entry: ArchiveEntry, unpacking: Unpacking): Promise<Unpacked> {
  const refusal = REFUSALS[entry.kind];
  if (refusal !== undefined) return { error: { code: 'invalid_image', message: refusal } };
  if (entry.size > unpacking.maxFileSize) return { error: itemTooLarge(unpacking.maxFileSize) };
  const start = findMemberBytes(await readBytes(archive, entry.offset, LOCAL_HEADER_BYTES), entry.offset);
  if (start === undefined) return { error: DAMAGED };
  const path = await unpacking.temporaryPath();
  try {
    const source = openMember(unpacking.archivePath, entry, start);
    const kept = await keepStream({ source, path, admit: (size) => admitSize(size, entry.size) });
    if (kept.size === entry.size && kept.crc === entry.crc) return { path, kept };
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  await rm(path, { force: true });
  return { error: DAMAGED };
}

class Overrun extends Error {}

function admitSize(size: number, declared: number): boolean {
  if (size > declared) throw new Overrun();
  return true;
}

const isDamage = (error: unknown): boolean =>
  error instanceof Overrun || /^(Z_|ERR_STREAM_PREMATURE_CLOSE)/.test((error as NodeJS.ErrnoException).code ?? '');

function openMember(archivePath: string, { kind, packedSize }: ArchiveEntry, start: number): Readable {
  if (packedSize === 0) return Readable.from([]);
  const packed = createReadStream(archivePath, { start, end: start + packedSize - 1 });
  if (kind === 'stored') return packed;
  const inflate = createInflateRaw();
  packed.once('error', (error) => inflate.destroy(error));
  inflate.once('close', () => packed.destroy());
  return packed.pipe(inflate);
}
