/** A temporary folder for one test file, removed after it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

export function usePictureFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), 'remuvr-picture-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  const newPath = (name = 'file') => path.join(folder, `${count++}-${name}`);
  const write = async (bytes: Uint8Array | string): Promise<string> => {
    const file = newPath();
    await writeFile(file, bytes);
    return file;
  };
  return { folder, newPath, write };
}
