/** From pixels to the bytes of the file that was asked for. */
import { toBytes } from '../domain/matting/alpha.ts';
import { clearHidden, flattenOverWhite } from '../domain/matting/composite.ts';
import { makeTrimap } from '../domain/matting/trimap.ts';
import { stampCutout, stampMask } from '../domain/matting/watermark.ts';
import type { PipelineRequest } from '../domain/removal-options.ts';
import type { ImageCodec } from '../ports/image-codec.ts';
import type { Matted } from './edit-cutout.ts';

export type EncodingParts = {
  readonly codec: ImageCodec;
  readonly packZip: (entries: readonly { readonly name: string; readonly bytes: Uint8Array }[]) => Uint8Array;
};

/** What the file tells beside its pixels. */
const toldOf = ({ exif }: Matted, { edit }: PipelineRequest) => ({ dpi: edit.dpi, exif });

async function encodeMask({ codec }: EncodingParts, result: Matted, matte: Uint8Array, request: PipelineRequest) {
  const { width, height } = result;
  const told = toldOf(result, request);
  const mask = request.isWatermarked ? matte.slice() : matte;
  if (request.isWatermarked) stampMask(mask, result);
  return codec.encode(mask, { width, height, channels: 1, ...told }, request.format === 'zip' ? 'png' : request.format);
}

/** The stamp is of bytes: where it lies, they take the place of the 16 bits. */
async function encodeDeepMatte({ codec }: EncodingParts, result: Matted, deep: Uint16Array, request: PipelineRequest) {
  const { width, height } = result;
  if (request.isWatermarked) {
    const bytes = toBytes(deep);
    const stamped = bytes.slice();
    stampMask(stamped, result);
    for (let i = 0; i < deep.length; i++) if (stamped[i] !== bytes[i]) deep[i] = (stamped[i] as number) * 257;
  }
  const format = request.format === 'tiff' ? 'tiff' : 'png';
  return codec.encode(deep, { width, height, channels: 1, ...toldOf(result, request) }, format);
}

/** The pixels themselves are changed: nothing but the thumbnail reads them after. */
async function encodeCutout({ codec }: EncodingParts, result: Matted, request: PipelineRequest): Promise<Uint8Array> {
  const { rgb, alpha, width, height } = result;
  const { format, isWatermarked, output } = request;
  const told = toldOf(result, request);
  if (isWatermarked) stampCutout(rgb, alpha, result);
  if (format === 'zip') return codec.encode(rgb, { width, height, channels: 3, ...told }, 'jpg');
  if (output === 'foreground') return codec.encode(rgb, { width, height, channels: 3, ...told }, format);
  if (format === 'jpg') {
    return codec.encode(flattenOverWhite(rgb, alpha), { width, height, channels: 3, ...told }, 'jpg');
  }
  clearHidden(rgb, alpha);
  return codec.encode(rgb, { width, height, channels: 3, alpha, ...told }, format);
}

/**
 * A zip holds both halves, whatever `output` says. The pixels are as they are encoded once this has been called: none is
 * changed later.
 */
export async function encodeResult(
  parts: EncodingParts,
  result: Matted,
  request: PipelineRequest,
): Promise<Uint8Array> {
  const { alpha, deep } = result;
  if (request.format === 'zip') {
    const encodings = [encodeMask(parts, result, alpha, request), encodeCutout(parts, result, request)] as const;
    const [mask, colour] = await Promise.all(encodings);
    return parts.packZip([
      { name: 'color.jpg', bytes: colour },
      { name: 'alpha.png', bytes: mask },
    ]);
  }
  if (deep) return encodeDeepMatte(parts, result, deep, request);
  if (request.output === 'mask') return encodeMask(parts, result, alpha, request);
  if (request.output === 'trimap') return encodeMask(parts, result, makeTrimap(alpha, result), request);
  return encodeCutout(parts, result, request);
}
