/** The small picture beside a result. It is no part of what was asked for, so its failure is no failure of the order. */
import { rm, writeFile } from 'node:fs/promises';
import type { ImageRaster } from '../domain/matting/raster.ts';
import { makeThumbnail } from '../domain/matting/thumbnail.ts';
import type { PipelineRequest } from '../domain/removal-options.ts';
import type { ImageCodec } from '../ports/image-codec.ts';

/** Of the pixels as they were encoded. Whether it is there. */
export async function writeThumbnail(
  codec: ImageCodec,
  path: string,
  result: { readonly image: ImageRaster; readonly alpha: Uint8Array; readonly request: PipelineRequest },
): Promise<boolean> {
  const { image, alpha, request } = result;
  const { rgb, alpha: small, width, height } = makeThumbnail(image, alpha);
  const isMask = request.output === 'mask' && request.format !== 'zip';
  try {
    const bytes = isMask
      ? await codec.encode(small, { width, height, channels: 1 }, 'webp')
      : await codec.encode(rgb, { width, height, channels: 3, alpha: small }, 'webp');
    await writeFile(path, bytes);
    return true;
  } catch {
    await rm(path, { force: true });
    return false;
  }
}
