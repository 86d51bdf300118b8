/** The edits of an order, between the matte and the file: region, geometry, and the layers under the subject. */
import type { Background } from '../domain/background.ts';
import { type EditOptions, type Length, maxPixelsOf } from '../domain/edit-options.ts';
import { RemuvrError } from '../domain/errors.ts';
import type { ExifTags } from '../domain/exif.ts';
import { coverRect, paintColour, paintGradient, paintPicture } from '../domain/matting/backdrop.ts';
import { blurBackground } from '../domain/matting/blurred-background.ts';
import { type Cutout, clearOutside, movePixels, type Rect, type Size } from '../domain/matting/cutout.ts';
import { findForegroundBox } from '../domain/matting/foreground-box.ts';
import { paintOutline } from '../domain/matting/outline.ts';
import { type GeometryPlan, needsSubject, planGeometry, resolveRoi } from '../domain/matting/plan-geometry.ts';
import type { ImageRaster } from '../domain/matting/raster.ts';
import { paintShadow } from '../domain/matting/shadow.ts';
import { type RowPainter, underlay } from '../domain/matting/underlay.ts';
import { unweigh, weigh } from '../domain/matting/weighted.ts';
import type { ForegroundBox, PipelineRequest } from '../domain/removal-options.ts';
import type { ImageCodec } from '../ports/image-codec.ts';

/** A photo with its matte; `deep` is the matte in 16 bits, where that is asked for. */
export type Matted = Cutout & { readonly deep?: Uint16Array; readonly exif?: ExifTags | undefined };

export type EditOrder = {
  readonly codec: ImageCodec;
  readonly request: PipelineRequest;
  /** Of a background that is a picture. */
  readonly backgroundPath?: string | undefined;
};

/** In place, before the subject is looked for. Throws `roi_exceeds_bounds` or `roi_region_empty`. */
export function applyRoi(photo: Matted, { roi }: EditOptions): void {
  if (!roi) return;
  const region = resolveRoi(roi, photo);
  if (region === 'outside') throw new RemuvrError('roi_exceeds_bounds');
  if (region === 'empty') throw new RemuvrError('roi_region_empty');
  clearOutside(photo.alpha, photo, region);
  if (photo.deep) clearOutside(photo.deep, photo, region);
}

/** The result, and where in it the subject is: without its outline and its shadow. */
export type Edited = { readonly result: Matted; readonly foreground: ForegroundBox };

/** `box`: the subject. Throws `unknown_foreground`, or `invalid_background`. What is not asked for costs nothing. */
export async function editCutout(order: EditOrder, photo: Matted, box: ForegroundBox): Promise<Edited> {
  const { codec, request } = order;
  const { edit, format, maxPixels } = request;
  if (box.width === 0 && needsSubject(edit)) throw new RemuvrError('unknown_foreground');
  const plan = planGeometry(photo, box, edit, Math.min(maxPixelsOf(edit.size, format), maxPixels));
  const isLayered = request.output === 'cutout' && format !== 'zip';
  // From the photo as it was: a subject that moves leaves its background behind.
  const backdrop = isLayered ? await openBackdrop(order, photo, plan) : undefined;
  const result = await applyGeometry(codec, photo, plan);
  const foreground = findForegroundBox(result.alpha, result.width);
  if (isLayered) addOutlineAndShadow(result, foreground, edit);
  if (backdrop) underlay(result, backdrop);
  return { result, foreground };
}

async function applyGeometry(
  codec: ImageCodec,
  photo: Matted,
  { canvas, source, target }: GeometryPlan,
): Promise<Matted> {
  const isResized = source.width !== target.width || source.height !== target.height;
  const move = <T extends Uint8Array | Uint16Array>(pixels: T): T => movePixels(pixels, photo, source, canvas, target);
  if (!isResized) {
    const deep = photo.deep && { deep: move(photo.deep) };
    return { rgb: move(photo.rgb), alpha: move(photo.alpha), ...sizeOf(canvas), ...deep };
  }
  const part = { ...sizeOf(source), rgb: cutOut(photo.rgb, photo, source), alpha: cutOut(photo.alpha, photo, source) };
  const { rgb, alpha } = await resizeCutout(codec, part, target);
  const place = <T extends Uint8Array | Uint16Array>(pixels: T): T =>
    movePixels(pixels, target, { ...sizeOf(target), left: 0, top: 0 }, canvas, target);
  if (!photo.deep) return { rgb: place(rgb), alpha: place(alpha), ...sizeOf(canvas) };
  const deepPart = cutOut(photo.deep, photo, source);
  const deep = await codec.resize(deepPart, { ...sizeOf(source), channels: 1 }, sizeOf(target));
  return { rgb: place(rgb), alpha: place(alpha), deep: place(deep), ...sizeOf(canvas) };
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

const cutOut = <T extends Uint8Array | Uint16Array>(pixels: T, picture: Size, part: Rect): T =>
  movePixels(pixels, picture, part, sizeOf(part), { ...sizeOf(part), left: 0, top: 0 });

async function resizeCutout(codec: ImageCodec, part: Cutout, to: Size): Promise<Cutout> {
  const { colours, covers } = weigh(part);
  const resized = {
    colours: await codec.resize(colours, { ...sizeOf(part), channels: 3 }, sizeOf(to)),
    covers: await codec.resize(covers, { ...sizeOf(part), channels: 1 }, sizeOf(to)),
  };
  return unweigh(resized, to);
}

function addOutlineAndShadow(cutout: Cutout, box: ForegroundBox, { outline, shadow }: EditOptions): void {
  if (box.width === 0) return;
  if (outline) {
    const width = toOutlineWidth(outline.width, box);
    underlay(cutout, paintOutline(cutout.alpha.slice(), cutout, width, outline.colour));
  }
  // The shadow is that of the subject and its outline.
  if (shadow) underlay(cutout, paintShadow(cutout.alpha, cutout, box, shadow));
}

const toOutlineWidth = ({ value, unit }: Length, box: Size): number =>
  unit === 'px' ? value : (value / 100) * Math.max(box.width, box.height);

async function openBackdrop(order: EditOrder, photo: Cutout, plan: GeometryPlan): Promise<RowPainter | undefined> {
  const { background } = order.request.edit;
  if (background?.kind === 'picture') return paintPicture(await openPicture(order, plan.canvas));
  return background ? paintBackground(background, photo, plan) : undefined;
}

function paintBackground(background: Exclude<Background, { kind: 'picture' }>, photo: Cutout, plan: GeometryPlan) {
  if (background.kind === 'colour') return paintColour(background.colour);
  if (background.kind === 'gradient') return paintGradient(background.angle, background.stops, plan.canvas);
  return blurBackground(photo, plan.frame, plan.canvas);
}

/** Cut to the canvas's shape from the middle, and resized to it. */
async function openPicture({ codec, request, backgroundPath }: EditOrder, canvas: Size): Promise<ImageRaster> {
  if (backgroundPath === undefined) throw new RemuvrError('invalid_background');
  const picture = await decodeBackground(codec, backgroundPath, request.maxPixels);
  const part = coverRect(picture, canvas);
  const rgb = cutOut(picture.rgb, picture, part);
  if (!picture.alpha) {
    return { rgb: await codec.resize(rgb, { ...sizeOf(part), channels: 3 }, sizeOf(canvas)), ...sizeOf(canvas) };
  }
  return await resizeCutout(codec, { ...sizeOf(part), rgb, alpha: cutOut(picture.alpha, picture, part) }, canvas);
}

async function decodeBackground(codec: ImageCodec, path: string, maxPixels: number): Promise<ImageRaster> {
  try {
    return await codec.decode(path, { maxPixels });
  } catch (error) {
    if (!(error instanceof RemuvrError)) throw error;
    throw new RemuvrError('invalid_background', error.code === 'too_many_pixels' ? TOO_LARGE : undefined);
  }
}

const TOO_LARGE = 'The picture for the background has more pixels than this server accepts.';
