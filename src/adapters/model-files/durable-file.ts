/** Files that are whole under their name or absent, also after a loss of power: temporary name, fsync, rename, fsync. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Beside the file, so that the rename stays on one file system; unique, so that two writers never share one. */
export const createTemporaryPath = (filePath: string): string => `${filePath}.${randomUUID()}.tmp`;

/** Renames so that the new name survives a loss of power; the content must be synced already. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  const folder = await open(path.dirname(to), 'r');
  // Some network file systems refuse to sync a folder; the rename is atomic all the same.
  await folder.sync().catch(() => undefined);
  await folder.close();
}

/** `write` fills the file; when it throws, nothing is left. */
export async function writeDurably(filePath: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporaryPath = createTemporaryPath(filePath);
  try {
    const file = await open(temporaryPath, 'wx');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(temporaryPath, filePath);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}

/** FileHandle.write may write less than it was given. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, offset);
    offset += bytesWritten;
  }
}

export async function hashFile(filePath: string, algorithm: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash(algorithm);
  const options = { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) };
  for await (const chunk of createReadStream(filePath, options)) hash.update(chunk);
  return hash.digest('hex');
}

/** Undefined where there is no such file. */
export async function measureFile(filePath: string): Promise<number | undefined> {
  try {
    const found = await stat(filePath);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
