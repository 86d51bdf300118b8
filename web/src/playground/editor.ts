/** One finished picture, open for looking and touching up: its photo, its cut-out, and what the brush did. */
import { TouchHistory } from '../lib/touch-history.ts';
import { applyTouches, type Box, createPlane, type Plane } from '../lib/touch-up.ts';
import { type Background, paintBackground } from './background.ts';

/** What a pointer does to the picture; the radius of the brush is in pixels of the photo. */
export type Tool = { readonly mode: 'look' | 'keep' | 'erase'; readonly radius: number };

type Surface = { readonly canvas: HTMLCanvasElement; readonly context: CanvasRenderingContext2D };

function createSurface(width: number, height: number, willReadFrequently = false): Surface {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently });
  if (!context) throw new Error('The picture is too large for this browser to edit.');
  return { canvas, context };
}

export class Editor {
  readonly width: number;
  readonly height: number;
  /** As the photo was, upright. */
  readonly photo: HTMLCanvasElement;
  /** The cut-out with all touches. */
  readonly cutout: HTMLCanvasElement;
  readonly plane: Plane;
  readonly history: TouchHistory;
  readonly #context: CanvasRenderingContext2D;
  readonly #photoData: ImageData;
  readonly #cutoutData: ImageData;
  readonly #shown: ImageData;

  private constructor(photo: Surface, cutout: Surface, touches: Plane | null) {
    const { width, height } = cutout.canvas;
    this.width = width;
    this.height = height;
    this.photo = photo.canvas;
    this.cutout = cutout.canvas;
    this.#context = cutout.context;
    this.#photoData = photo.context.getImageData(0, 0, width, height);
    this.#cutoutData = cutout.context.getImageData(0, 0, width, height);
    this.#shown = new ImageData(new Uint8ClampedArray(this.#cutoutData.data), width, height);
    this.plane = touches ?? createPlane(width, height);
    this.history = new TouchHistory(this.plane);
    if (touches) this.refresh({ left: 0, top: 0, right: width, bottom: height });
  }

  static async open(file: Blob, result: Blob, touches: Plane | null): Promise<Editor> {
    const drawn = await createImageBitmap(result);
    // A TIFF, for one, the server reads and the browser does not: then the cut-out stands for both.
    const original = await createImageBitmap(file).catch(() => drawn);
    const photo = createSurface(drawn.width, drawn.height);
    photo.context.drawImage(original, 0, 0, drawn.width, drawn.height);
    const cutout = createSurface(drawn.width, drawn.height, true);
    cutout.context.drawImage(drawn, 0, 0);
    const editor = new Editor(photo, cutout, touches);
    original.close();
    drawn.close();
    return editor;
  }

  refresh(box: Box): void {
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    if (width <= 0 || height <= 0) return;
    applyTouches({
      cutout: this.#cutoutData.data,
      photo: this.#photoData.data,
      plane: this.plane,
      into: this.#shown.data,
      box,
    });
    this.#context.putImageData(this.#shown, 0, 0, box.left, box.top, width, height);
  }

  async export(type: string, background: Background): Promise<Blob> {
    const { canvas, context } = createSurface(this.width, this.height);
    const whole = { x: 0, y: 0, width: this.width, height: this.height };
    // JPEG has no transparency: what is not covered would become black.
    if (type === 'image/jpeg') paintBackground(context, { kind: 'colour', colour: '#ffffff' }, whole);
    paintBackground(context, background, whole);
    context.drawImage(this.cutout, 0, 0);
    return toBlob(canvas, type);
  }

  async exportMask(): Promise<Blob> {
    const { canvas, context } = createSurface(this.width, this.height);
    const mask = context.createImageData(this.width, this.height);
    const { data } = this.#shown;
    for (let at = 0; at < data.length; at += 4) {
      mask.data.fill(data[at + 3] ?? 0, at, at + 3);
      mask.data[at + 3] = 255;
    }
    context.putImageData(mask, 0, 0);
    return toBlob(canvas, 'image/png');
  }
}

function toBlob(canvas: HTMLCanvasElement, type: string): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null): void => {
      // A browser that cannot write a type writes a PNG and says nothing.
      if (blob?.type === type) resolve(blob);
      else reject(new Error(`Your browser cannot write ${type.replace('image/', '')}. Take PNG.`));
    };
    canvas.toBlob(done, type, 0.92);
  });
}
