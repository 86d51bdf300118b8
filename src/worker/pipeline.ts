/**
 * The ordered steps from a file with a photo to a file with its cutout. Alpha is float until `quantiseAlpha`. The output
 * appears whole or not at all.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { isEdited } from '../domain/edit-options.ts';
import { RemuvrError } from '../domain/errors.ts';
import { finishAlpha, finishDeepAlpha, toBytes } from '../domain/matting/alpha.ts';
import { averageMirrored, mirrorRgb } from '../domain/matting/average-views.ts';
import { estimateConfidence, isWorthSecondView } from '../domain/matting/confidence.ts';
import { crispEdges } from '../domain/matting/crisp-edges.ts';
import type { Size } from '../domain/matting/cutout.ts';
import { findForegroundBox } from '../domain/matting/foreground-box.ts';
import { estimateForeground } from '../domain/matting/foreground-colour.ts';
import { hardenMatte } from '../domain/matting/harden-matte.ts';
import type { ImageRaster, Plane } from '../domain/matting/raster.ts';
import { canRefineEdges, type EdgeLines, findEdgeLines } from '../domain/matting/refine-edges.ts';
import { decideSolidBodies } from '../domain/matting/solid-bodies.ts';
import { stretchMatte } from '../domain/matting/stretch.ts';
import type {
  ForegroundBox,
  OutputFormat,
  PipelineReport,
  PipelineRequest,
  PipelineStep,
  Quality,
} from '../domain/removal-options.ts';
import type { InferenceSession } from '../ports/inference-session.ts';
import type { OnStep, PipelineOrder } from '../ports/pipeline-runner.ts';
import { applyRoi, editCutout, type Matted } from './edit-cutout.ts';
import { type EncodingParts, encodeResult } from './encode-result.ts';
import { writeThumbnail } from './write-thumbnail.ts';

export type PipelineParts = EncodingParts & {
  readonly session: InferenceSession;
  /** Of the second view: the mirrored photo may be seen in fewer bits. Left out, `session`. */
  readonly mirrorSession?: InferenceSession;
  /** Of the model's matte, in its pixels. */
  readonly matteShift: number;
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

function checkFormatHolds({ width, height }: Size, format: OutputFormat): void {
  const longest = LONGEST_SIDES[format];
  if (longest === undefined || Math.max(width, height) <= longest) return;
  throw new RemuvrError(
    'too_many_pixels',
    `The format ${format} holds at most ${longest} pixels on a side, and this picture has more. Ask for png.`,
  );
}

/** The picture as the network saw it, what it answered, and how likely that is to be right. */
type Sight = { readonly square: Uint8Array; readonly matte: Plane; readonly confidence: number };

export async function computeMatte(parts: PipelineParts, image: ImageRaster, quality: Quality): Promise<Sight> {
  const size = parts.session.inputSize;
  const square = await parts.codec.resizeToSquare(image, size);
  const look = async (session: InferenceSession, rgb: Uint8Array): Promise<Plane> => {
    const data = await session.run(session.prepare(rgb));
    return { data, width: size, height: size };
  };
  const matte = await look(parts.session, square);
  const confidence = estimateConfidence(matte);
  const isSeenTwice = quality === 'best' || (quality === 'auto' && isWorthSecondView(confidence));
  if (!isSeenTwice) return { square, matte, confidence };
  averageMirrored(matte, await look(parts.mirrorSession ?? parts.session, mirrorRgb(square, size)));
  return { square, matte, confidence: estimateConfidence(matte) };
}

/** The colours of `image` change with it: under soft alpha they become the subject's own. */
export function refineAlpha(sight: Sight, image: ImageRaster, shift: number, request: PipelineRequest): Matted {
  const { square, matte } = sight;
  const { quality, output, format } = request;
  stretchMatte(matte);
  if (quality === 'fast') return finishMatte(sight, image, shift, request);

  decideSolidBodies(matte, square);
  const isLarge = canRefineEdges(image);
  if (!isLarge) crispEdges(matte);
  const edges = isLarge ? findEdgeLines(matte, square) : undefined;
  const photo = finishMatte(sight, image, shift, request, edges);
  if (output === 'cutout' || output === 'foreground' || format === 'zip') estimateForeground(image, photo.alpha);
  return photo;
}

function finishMatte(
  { matte }: Sight,
  image: ImageRaster,
  shift: number,
  { output, format }: PipelineRequest,
  edges?: EdgeLines,
): Matted {
  const { rgb, width, height } = image;
  if (output !== 'alpha16' || format === 'zip') {
    return { rgb, alpha: finishAlpha(matte, image, shift, edges), width, height };
  }
  const deep = finishDeepAlpha(matte, image, shift, edges);
  return { rgb, alpha: toBytes(deep), deep, width, height };
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
  const { request } = order;
  const { timings, time } = createStopwatch(onStep);

  const image = await time('decode', () => parts.codec.decode(order.inputPath, request));
  // An edited result may be smaller; what it is, is known later.
  if (!isEdited(request.edit)) checkFormatHolds(image, request.format);
  const sight = await time('infer', () => computeMatte(parts, image, request.quality));
  // Nothing found is a clear answer: neither a haze of it nor a body decided from it is left.
  if (sight.confidence === 0) sight.matte.data.fill(0);
  const photo = await time('refine', async () => refineAlpha(sight, image, parts.matteShift, request));
  if (request.isHard) hardenMatte(photo.alpha, photo.width, photo.height);
  applyRoi(photo, request.edit);
  const subject = findForegroundBox(photo.alpha, photo.width);
  const confidence = decideConfidence(sight.confidence, subject, request);
  const { result, foreground, bytes, hasThumbnail } = await time('encode', () =>
    finishResult(parts, order, photo, subject),
  );
  await writeWhole(order.outputPath, bytes);

  const { width, height } = result;
  const thumbnail = order.thumbnailPath && { hasThumbnail };
  return { width, height, foreground, confidence, byteLength: bytes.byteLength, timings, ...thumbnail };
}

/** The edits that there are, and the file. */
async function finishResult(parts: PipelineParts, order: PipelineOrder, photo: Matted, subject: ForegroundBox) {
  const { request, backgroundPath, inputPath } = order;
  const exif = request.edit.keepsMetadata ? await parts.codec.readMetadata(inputPath) : undefined;
  if (!isEdited(request.edit)) {
    return { result: photo, foreground: subject, ...(await encodeBoth(parts, order, { ...photo, exif })) };
  }
  const { result, foreground } = await editCutout({ codec: parts.codec, request, backgroundPath }, photo, subject);
  checkFormatHolds(result, request.format);
  return { result, foreground, ...(await encodeBoth(parts, order, { ...result, exif })) };
}

/** Side by side: the codec works on threads of its own, and on an idle machine the thumbnail delays nothing. */
async function encodeBoth(parts: PipelineParts, { request, thumbnailPath }: PipelineOrder, result: Matted) {
  const encoding = encodeResult(parts, result, request);
  const thumbnail = thumbnailPath
    ? writeThumbnail(parts.codec, thumbnailPath, { result, request })
    : Promise.resolve(false);
  // Also where the encoding fails: nothing is written any more once the order has ended.
  const [bytes, hasThumbnail] = await Promise.all([encoding, thumbnail]).finally(() => thumbnail);
  return { bytes, hasThumbnail };
}
