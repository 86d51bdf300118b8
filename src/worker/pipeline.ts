/**
 * The ordered steps from a file with a photo to a file with its cutout. Alpha is float until `quantiseAlpha`. The output
 * appears whole or not at all.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { RemuvrError } from '../domain/errors.ts';
import { finishAlpha } from '../domain/matting/alpha.ts';
import { averageMirrored, mirrorRgb } from '../domain/matting/average-views.ts';
import { clearHidden, flattenOverWhite } from '../domain/matting/composite.ts';
import { estimateConfidence } from '../domain/matting/confidence.ts';
import { findForegroundBox } from '../domain/matting/foreground-box.ts';
import { estimateForeground } from '../domain/matting/foreground-colour.ts';
import type { ImageRaster, Plane } from '../domain/matting/raster.ts';
import { canRefineEdges, findEdgeLines } from '../domain/matting/refine-edges.ts';
import { decideSolidBodies } from '../domain/matting/solid-bodies.ts';
import { stretchMatte } from '../domain/matting/stretch.ts';
import { type Normalisation, toInputTensor } from '../domain/matting/tensor.ts';
import { stampCutout, stampMask } from '../domain/matting/watermark.ts';
import type {
  ForegroundBox,
  OutputFormat,
  PipelineReport,
  PipelineRequest,
  PipelineStep,
  Quality,
} from '../domain/removal-options.ts';
import type { ImageCodec } from '../ports/image-codec.ts';
import type { InferenceSession } from '../ports/inference-session.ts';
import type { OnStep, PipelineOrder } from '../ports/pipeline-runner.ts';
import { writeThumbnail } from './write-thumbnail.ts';

export type PipelineParts = {
  readonly codec: ImageCodec;
  readonly session: InferenceSession;
  readonly normalisation: Normalisation;
  /** Of the model's matte, in its pixels. */
  readonly matteShift: number;
  readonly packZip: (entries: readonly { readonly name: string; readonly bytes: Uint8Array }[]) => Uint8Array;
};

/** Where the output grows before it is renamed. Known to the pool too, which removes it after a crash. */
export const partialPathOf = (outputPath: string): string => `${outputPath}.part`;

/** The longest side that each format can hold. */
const LONGEST_SIDES: Readonly<Partial<Record<OutputFormat, number>>> = {
  webp: 16_383,
  avif: 16_384,
  jpg: 65_500,
  zip: 65_500,
};

function checkFormatHolds({ width, height }: ImageRaster, format: OutputFormat): void {
  const longest = LONGEST_SIDES[format];
  if (longest === undefined || Math.max(width, height) <= longest) return;
  throw new RemuvrError(
    'too_many_pixels',
    `The format ${format} holds at most ${longest} pixels on a side, and this picture has more. Ask for png.`,
  );
}

/** The picture as the network saw it, and what it answered. */
type Sight = { readonly square: Uint8Array; readonly matte: Plane };

async function computeMatte(parts: PipelineParts, image: ImageRaster, quality: Quality): Promise<Sight> {
  const size = parts.session.inputSize;
  const square = await parts.codec.resizeToSquare(image, size);
  const look = async (rgb: Uint8Array): Promise<Plane> => {
    const data = await parts.session.run(toInputTensor(rgb, parts.normalisation));
    return { data, width: size, height: size };
  };
  const matte = await look(square);
  if (quality === 'best') averageMirrored(matte, await look(mirrorRgb(square, size)));
  return { square, matte };
}

/** The colours of `image` change with it: under soft alpha they become the subject's own. */
function refineAlpha(sight: Sight, image: ImageRaster, shift: number, request: PipelineRequest): Uint8Array {
  const { square, matte } = sight;
  const { quality, output, format } = request;
  stretchMatte(matte);
  if (quality === 'fast') return finishAlpha(matte, image, shift);

  decideSolidBodies(matte, square);
  const edges = canRefineEdges(image) ? findEdgeLines(matte, square) : undefined;
  const alpha = finishAlpha(matte, image, shift, edges);
  if (output === 'cutout' || format === 'zip') estimateForeground(image, alpha);
  return alpha;
}

async function encodeMask(parts: PipelineParts, image: ImageRaster, alpha: Uint8Array, request: PipelineRequest) {
  const { width, height } = image;
  const mask = request.isWatermarked ? alpha.slice() : alpha;
  if (request.isWatermarked) stampMask(mask, image);
  return parts.codec.encode(mask, { width, height, channels: 1 }, request.format === 'zip' ? 'png' : request.format);
}

/** The picture's own pixels are changed: nothing reads them after. */
async function encodeCutout(
  parts: PipelineParts,
  image: ImageRaster,
  alpha: Uint8Array,
  { format, isWatermarked }: PipelineRequest,
): Promise<Uint8Array> {
  const { rgb, width, height } = image;
  if (isWatermarked) stampCutout(rgb, alpha, image);
  if (format === 'jpg') return parts.codec.encode(flattenOverWhite(rgb, alpha), { width, height, channels: 3 }, 'jpg');
  if (format === 'zip') return parts.codec.encode(rgb, { width, height, channels: 3 }, 'jpg');
  clearHidden(rgb, alpha);
  return parts.codec.encode(rgb, { width, height, channels: 3, alpha }, format);
}

/** A zip holds both halves, whatever `output` says. */
async function encodeResult(parts: PipelineParts, image: ImageRaster, alpha: Uint8Array, request: PipelineRequest) {
  if (request.format === 'zip') {
    const mask = await encodeMask(parts, image, alpha, request);
    const colour = await encodeCutout(parts, image, alpha, request);
    return parts.packZip([
      { name: 'color.jpg', bytes: colour },
      { name: 'alpha.png', bytes: mask },
    ]);
  }
  return request.output === 'mask'
    ? encodeMask(parts, image, alpha, request)
    : encodeCutout(parts, image, alpha, request);
}

async function writeWhole(outputPath: string, bytes: Uint8Array): Promise<void> {
  const partialPath = partialPathOf(outputPath);
  try {
    await writeFile(partialPath, bytes);
    await rename(partialPath, outputPath);
  } catch (error) {
    await rm(partialPath, { force: true });
    throw error;
  }
}

/** Says that a step begins, runs it, and keeps its milliseconds, to a tenth. */
function createStopwatch(onStep: OnStep) {
  const timings: Record<PipelineStep, number> = { decode: 0, infer: 0, refine: 0, encode: 0 };
  const time = async <T>(name: PipelineStep, step: () => Promise<T>): Promise<T> => {
    onStep(name);
    const startedAt = performance.now();
    const result = await step();
    timings[name] = Math.round((performance.now() - startedAt) * 10) / 10;
    return result;
  };
  return { timings, time };
}

/**
 * In steps of .01, as it is told, so that what is compared is what the caller reads. An empty answer has none: the
 * picture's own alpha may hide what the network is sure of.
 */
function decideConfidence(estimate: number, { width }: ForegroundBox, { minConfidence }: PipelineRequest): number {
  const confidence = width === 0 ? 0 : Math.round(estimate * 100) / 100;
  if (confidence < minConfidence) {
    const reached = confidence.toFixed(2);
    throw new RemuvrError(
      'low_confidence',
      `The confidence of the result is ${reached}, below the ${minConfidence} that was asked for.`,
    );
  }
  return confidence;
}

export async function runPipeline(
  parts: PipelineParts,
  order: PipelineOrder,
  onStep: OnStep = () => {},
): Promise<PipelineReport> {
  const { request, thumbnailPath } = order;
  const { timings, time } = createStopwatch(onStep);

  const image = await time('decode', () => parts.codec.decode(order.inputPath, request));
  checkFormatHolds(image, request.format);
  const sight = await time('infer', () => computeMatte(parts, image, request.quality));
  const estimate = estimateConfidence(sight.matte);
  // Nothing found is a clear answer: neither a haze of it nor a body decided from it is left.
  if (estimate === 0) sight.matte.data.fill(0);
  const alpha = await time('refine', async () => refineAlpha(sight, image, parts.matteShift, request));
  const foreground = findForegroundBox(alpha, image.width);
  const confidence = decideConfidence(estimate, foreground, request);
  const bytes = await time('encode', () => encodeResult(parts, image, alpha, request));
  await writeWhole(order.outputPath, bytes);
  const thumbnail = thumbnailPath && {
    hasThumbnail: await writeThumbnail(parts.codec, thumbnailPath, { image, alpha, request }),
  };

  const { width, height } = image;
  return { width, height, foreground, confidence, byteLength: bytes.byteLength, timings, ...thumbnail };
}
