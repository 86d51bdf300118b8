/** The size of a picture on its way through the pipeline, by its head; the largest that is let in where that does not tell it. */
import { open } from 'node:fs/promises';
import { readImageHeader } from '../domain/image-header.ts';

/** A JPEG may have its profile and a thumbnail before its size. */
const HEAD_BYTES = 1 << 16;

/** Of both, for the child holds both. */
export async function readMegapixelsOf(paths: readonly (string | undefined)[], maxPixels: number): Promise<number> {
  const given = paths.filter((path) => path !== undefined);
  const sizes = await Promise.all(given.map((path) => readMegapixels(path, maxPixels)));
  return sizes.reduce((sum, each) => sum + each, 0);
}

async function readMegapixels(path: string, maxPixels: number): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const header = readImageHeader(buffer.subarray(0, bytesRead));
    const pixels = header.format === 'unknown' ? undefined : (header.width ?? 0) * (header.height ?? 0);
    return Math.min(pixels || maxPixels, maxPixels) / 1e6;
  } finally {
    await file.close();
  }
}
