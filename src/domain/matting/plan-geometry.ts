/**
 * Where the pixels of an answer come from: region of interest, crop, margin, scale, position and size in this order, as
 * rectangles of whole pixels. Nothing is computed twice, so nothing can disagree by a pixel.
 */
import type { EditOptions, Length, Position, Roi } from '../edit-options.ts';
import type { Rect, Size } from './cutout.ts';

export type GeometryPlan = {
  readonly canvas: Size;
  /** Of the picture, inside of it. */
  readonly source: Rect;
  /** Where `source` comes to lie, inside of the canvas. */
  readonly target: Rect;
  /** What of the picture the whole canvas shows, of its shape; it may reach beyond the picture, and is not in whole pixels. */
  readonly frame: Rect;
};

type Wishes = Pick<EditOptions, 'crop' | 'cropMargin' | 'scale' | 'position' | 'canvas'>;

export function isMoved({ scale, position, canvas }: Wishes): boolean {
  return scale !== null || canvas !== null || (position !== null && position !== 'original');
}

/** Whether the subject must be found for it. */
export const needsSubject = (wishes: Wishes): boolean => wishes.crop || isMoved(wishes);

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
const toPixels = ({ value, unit }: Length, side: number): number => (unit === 'px' ? value : (value / 100) * side);

/** Every pixel that the region touches. Where it leaves the picture, or encloses nothing, the word for it. */
export function resolveRoi({ x1, y1, x2, y2 }: Roi, { width, height }: Size): Rect | 'outside' | 'empty' {
  const [left, right] = [toPixels(x1, width), toPixels(x2, width)];
  const [top, bottom] = [toPixels(y1, height), toPixels(y2, height)];
  if (right > width || bottom > height || left > width || top > height) return 'outside';
  if (right <= left || bottom <= top) return 'empty';
  const [column, row] = [Math.floor(left), Math.floor(top)];
  return { left: column, top: row, width: Math.ceil(right) - column, height: Math.ceil(bottom) - row };
}

/** `maxPixels`: of the canvas. `box`: the subject, not empty where `needsSubject`. */
export function planGeometry(picture: Size, box: Rect, wishes: Wishes, maxPixels: number): GeometryPlan {
  const view = wishes.crop ? addMargins(box, wishes) : { left: 0, top: 0, ...sizeOf(picture) };
  const natural = shapeCanvas(view, box, wishes);
  const plan = isMoved(wishes)
    ? { source: box, target: placeSubject(natural, view, box, wishes) }
    : showView(view, picture);
  const canvas = fitPixels(natural, maxPixels);
  return {
    canvas,
    source: { left: plan.source.left, top: plan.source.top, ...sizeOf(plan.source) },
    target: shrinkRect(plan.target, natural, canvas),
    frame: coverFrame(view, natural),
  };
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

function addMargins(box: Rect, { cropMargin }: Wishes): Rect {
  if (!cropMargin) return box;
  const marginOf = (length: Length, side: number): number => Math.round(toPixels(length, side));
  const top = marginOf(cropMargin.top, box.height);
  const left = marginOf(cropMargin.left, box.width);
  const right = marginOf(cropMargin.right, box.width);
  const bottom = marginOf(cropMargin.bottom, box.height);
  return {
    left: box.left - left,
    top: box.top - top,
    width: box.width + left + right,
    height: box.height + top + bottom,
  };
}

/** The view's own size, or the least of the wanted shape that holds it, and the subject at its scale. */
function shapeCanvas(view: Rect, box: Rect, { canvas, crop, scale }: Wishes): Size {
  if (!canvas) return sizeOf(view);
  const share = crop ? (scale ?? 1) : 1;
  const wide = Math.max(
    view.width,
    view.height * canvas.aspect,
    box.width / share,
    (box.height * canvas.aspect) / share,
  );
  const longest = Math.max(canvas.minSide, Math.ceil(Math.max(wide, wide / canvas.aspect)));
  return canvas.aspect >= 1
    ? { width: longest, height: Math.max(1, Math.round(longest / canvas.aspect)) }
    : { width: Math.max(1, Math.round(longest * canvas.aspect)), height: longest };
}

/** What of the view the picture has, where it lies. */
function showView(view: Rect, picture: Size): Pick<GeometryPlan, 'source' | 'target'> {
  const left = Math.max(0, view.left);
  const top = Math.max(0, view.top);
  const width = Math.min(picture.width, view.left + view.width) - left;
  const height = Math.min(picture.height, view.top + view.height) - top;
  return {
    source: { left, top, width, height },
    target: { left: left - view.left, top: top - view.top, width, height },
  };
}

function placeSubject(canvas: Size, view: Rect, box: Rect, wishes: Wishes): Rect {
  const { scale, position } = wishes;
  const factor = findFactor(canvas, view, box, wishes);
  const width = clamp(Math.round(box.width * factor), 1, canvas.width);
  const height = clamp(Math.round(box.height * factor), 1, canvas.height);
  const isCentred = scale !== null || wishes.canvas !== null;
  const place: Position = position ?? (isCentred ? { x: 0.5, y: 0.5 } : 'original');
  const [freeX, freeY] = [canvas.width - width, canvas.height - height];
  if (place !== 'original') {
    return { left: Math.round(freeX * place.x), top: Math.round(freeY * place.y), width, height };
  }
  const centreX = ((box.left + box.width / 2 - view.left) / view.width) * canvas.width;
  const centreY = ((box.top + box.height / 2 - view.top) / view.height) * canvas.height;
  return {
    left: clamp(Math.round(centreX - width / 2), 0, freeX),
    top: clamp(Math.round(centreY - height / 2), 0, freeY),
    width,
    height,
  };
}

function findFactor(canvas: Size, view: Rect, box: Rect, { scale }: Wishes): number {
  if (scale === null) return Math.min(canvas.width / view.width, canvas.height / view.height);
  return scale * Math.min(canvas.width / box.width, canvas.height / box.height);
}

/** The same shape with at most so many pixels. */
function fitPixels({ width, height }: Size, maxPixels: number): Size {
  if (width * height <= maxPixels) return { width, height };
  const factor = Math.sqrt(maxPixels / (width * height));
  const [narrow, low] = [Math.max(1, Math.floor(width * factor)), Math.max(1, Math.floor(height * factor))];
  return {
    width: Math.min(narrow, Math.floor(maxPixels / low)),
    height: Math.min(low, Math.floor(maxPixels / narrow)),
  };
}

/** By its edges, so that what touched a border of the canvas touches it still. */
function shrinkRect(rect: Rect, from: Size, to: Size): Rect {
  const [left, width] = shrinkSpan(rect.left, rect.width, from.width, to.width);
  const [top, height] = shrinkSpan(rect.top, rect.height, from.height, to.height);
  return { left, top, width, height };
}

function shrinkSpan(start: number, length: number, from: number, to: number): [start: number, length: number] {
  const first = Math.min(to - 1, Math.round((start * to) / from));
  const end = Math.round(((start + length) * to) / from);
  return [first, Math.max(1, end - first)];
}

/** The middle of the view in the canvas's shape. */
function coverFrame(view: Rect, canvas: Size): Rect {
  const width = Math.min(view.width, (view.height * canvas.width) / canvas.height);
  const height = Math.min(view.height, (view.width * canvas.height) / canvas.width);
  return {
    left: view.left + (view.width - width) / 2,
    top: view.top + (view.height - height) / 2,
    width,
    height,
  };
}
