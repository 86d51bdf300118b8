/**
 * Objects as files under one folder. A file gets its name only when its bytes are on the disk, so a name is never
 * half an object, whatever dies.
 */
import { copyFile, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { isDiskFull } from '../domain/disk-full.ts';
import { type ByteRange, type Storage, StorageOutage, type StoredObject } from '../ports/storage.ts';
import { isSegment, segmentsOf } from './disk-storage/keys.ts';
import { openTemporaries } from './disk-storage/temporaries.ts';

/**
 * By the default of 64 KiB a result of 15 MB takes 30 ms longer to send; each chunk of 1 MiB, the empty last one too, hastens
 * a collection of garbage, which took 28 ms of the processor for each picture.
 */
const READ_BYTES = 1 << 18;

/** `root` is made where it is missing, and what dead processes left under way is removed. */
export async function openDiskStorage(root: string): Promise<Storage> {
  const temporaryPath = await openTemporaries(root);
  const locate = (key: string): string => path.join(root, ...segmentsOf(key));

  return {
    put: (key, sourcePath) =>
      whileThereIsRoom(async () => {
        const target = locate(key);
        await mkdir(path.dirname(target), { recursive: true });
        await flush(sourcePath);
        try {
          await rename(sourcePath, target);
        } catch (error) {
          if (!hasCode(error, 'EXDEV')) throw error;
          // The source is on another disk: copy beside the target, then rename there.
          const copy = temporaryPath();
          await copyFile(sourcePath, copy);
          await flush(copy);
          await rename(copy, target);
          await unlink(sourcePath);
        }
        await flush(path.dirname(target));
      }),

    async stat(key): Promise<StoredObject | undefined> {
      const file = await orAbsent(stat(locate(key)));
      return file && { size: file.size, modifiedAt: file.mtime };
    },

    async read(key, range?: ByteRange): Promise<Readable | undefined> {
      const file = await orAbsent(open(locate(key), 'r'));
      return file?.createReadStream({ ...range, highWaterMark: READ_BYTES });
    },

    async checkout(key) {
      const located = locate(key);
      return (await orAbsent(stat(located))) && { path: located, release: async () => {} };
    },

    async delete(key) {
      await rm(locate(key), { force: true });
    },

    async *list(prefix) {
      const folder = path.join(root, ...prefix.split('/').filter(isSegment));
      for (const entry of (await orAbsent(readdir(folder, { withFileTypes: true }))) ?? []) {
        const file = entry.isFile() && (await orAbsent(stat(path.join(folder, entry.name))));
        if (file) yield { key: `${prefix.replace(/\/$/, '')}/${entry.name}`, modifiedAt: file.mtime };
      }
    },

    link: async () => undefined,

    async check() {
      const probe = temporaryPath();
      await (await open(probe, 'wx')).close();
      await unlink(probe);
    },

    temporaryPath: async () => temporaryPath(),
  };
}

async function whileThereIsRoom<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw new StorageOutage('The disk of the objects has no room.', { cause: error });
  }
}

/** Until fsync a file, and until the folder's fsync its name, may be gone after a power cut. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function orAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
