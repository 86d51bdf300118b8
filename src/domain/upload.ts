/** What can be said of an upload by its first bytes alone, before anything is reserved or decoded. */
import { ERROR_MESSAGES, type PipelineErrorCode } from './errors.ts';
import { PICTURE_FORMATS, readImageHeader } from './image-header.ts';

export type UploadRefusal = { readonly code: PipelineErrorCode; readonly message: string };

/** Undefined where nothing speaks against it; whether it can really be decoded, the pipeline finds out. */
export function decideUpload(head: Uint8Array, maxPixels: number): UploadRefusal | undefined {
  const header = readImageHeader(head);
  if (header.format === 'unknown') return { code: 'invalid_image', message: ERROR_MESSAGES.invalid_image };
  if (!PICTURE_FORMATS.some((format) => format === header.format)) {
    const name = header.format.toUpperCase();
    return { code: 'unsupported_format', message: `The file is ${name}, a format that this server does not decode.` };
  }
  if (header.width && header.height && header.width * header.height > maxPixels) {
    const size = `${header.width} × ${header.height}`;
    return {
      code: 'too_many_pixels',
      message: `The picture is ${size} pixels; this server accepts ${maxPixels} in all.`,
    };
  }
  return undefined;
}
