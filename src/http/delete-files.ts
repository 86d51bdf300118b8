/** Files of a request that came to nothing. */
import { rm } from 'node:fs/promises';
import type { ReceivedFile } from './receive-picture.ts';

export async function deleteFiles(files: readonly (Pick<ReceivedFile, 'path'> | undefined)[]): Promise<void> {
  await Promise.all(files.map(async (file) => file && (await rm(file.path, { force: true }))));
}
