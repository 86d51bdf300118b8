/** A body that is written to a file of its own. */
import { createWriteStream } from 'node:fs';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

type Through = Transform | ((chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>);

/**
 * Rejects when the file is closed, not before: it may be opened only after its source has broken off, and would appear
 * after whoever called this has deleted it.
 */
export async function writeStream(source: AsyncIterable<Buffer>, through: Through, path: string): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx' });
  const closed = new Promise<void>((resolve) => file.once('close', resolve));
  try {
    await pipeline(source, through, file);
  } catch (error) {
    await closed;
    throw error;
  }
}
