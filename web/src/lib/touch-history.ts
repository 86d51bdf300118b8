/** Undo and redo of strokes: each keeps the part of the plane that it changed, as it was. */
import type { Box, Plane } from './touch-up.ts';

type Patch = { readonly box: Box; readonly before: Uint8Array };

/** Strokes over a whole picture of 50 megapixels keep 50 MB each; the oldest go when it becomes too much. */
const MAX_BYTES = 200_000_000;

export class TouchHistory {
  readonly #plane: Plane;
  #undone: Patch[] = [];
  #done: Patch[] = [];

  constructor(plane: Plane) {
    this.#plane = plane;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** `before` is the whole plane as it was when the stroke began. */
  record(box: Box, before: Uint8Array): void {
    this.#done.push({ box, before: cut(before, this.#plane.width, box) });
    this.#undone = [];
    while (this.#done.length > 1 && this.#bytes() > MAX_BYTES) this.#done.shift();
  }

  /** The box that changed, or null where nothing was left to undo. */
  undo(): Box | null {
    return this.#swap(this.#done, this.#undone);
  }

  redo(): Box | null {
    return this.#swap(this.#undone, this.#done);
  }

  #swap(from: Patch[], to: Patch[]): Box | null {
    const patch = from.pop();
    if (!patch) return null;
    to.push({ box: patch.box, before: cut(this.#plane.data, this.#plane.width, patch.box) });
    paste(this.#plane, patch);
    return patch.box;
  }

  #bytes(): number {
    return this.#done.reduce((sum, { before }) => sum + before.length, 0);
  }
}

function cut(data: Uint8Array, width: number, { left, top, right, bottom }: Box): Uint8Array {
  const part = new Uint8Array((right - left) * (bottom - top));
  for (let row = top; row < bottom; row += 1) {
    part.set(data.subarray(row * width + left, row * width + right), (row - top) * (right - left));
  }
  return part;
}

function paste({ data, width }: Plane, { box: { left, top, right, bottom }, before }: Patch): void {
  for (let row = top; row < bottom; row += 1) {
    const from = (row - top) * (right - left);
    data.set(before.subarray(from, from + right - left), row * width + left);
  }
}
