/** The size of a picture on its way through the pipeline, by its head; 0 where that does not tell it. */
import { open } from 'node:fs/promises';
import { readImageHeader } from '../domain/image-header.ts';

/** A JPEG may have its profile and a thumbnail before its size. */
const HEAD_BYTES = 1 << 16;

export async function readMegapixels(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const header = readImageHeader(buffer.subarray(0, bytesRead));
    return header.format === 'unknown' ? 0 : ((header.width ?? 0) * (header.height ?? 0)) / 1e6;
  } finally {
    await file.close();
  }
}
