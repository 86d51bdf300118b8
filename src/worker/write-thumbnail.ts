/** The small picture beside a result. It is no part of what was asked for, so its failure is no failure of the order. */
import { rm, writeFile } from 'node:fs/promises';
import type { Cutout } from '../domain/matting/cutout.ts';
import { makeThumbnail } from '../domain/matting/thumbnail.ts';
import type { PipelineRequest } from '../domain/removal-options.ts';
import type { ImageCodec } from '../ports/image-codec.ts';

/** Of the pixels as they were encoded. Whether it is there. */
export async function writeThumbnail(
  codec: ImageCodec,
  path: string,
  { result, request }: { readonly result: Cutout; readonly request: PipelineRequest },
): Promise<boolean> {
  const { rgb, alpha: small, width, height } = makeThumbnail(result, result.alpha);
  const isMask = ['mask', 'alpha16', 'trimap'].includes(request.output) && request.format !== 'zip';
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
