/** Draws the window onto the picture: the photo left of the split, the cut-out right of it. */
import type { View } from '../lib/view.ts';
import { type Background, paintBackground } from './background.ts';
import type { Editor } from './editor.ts';

export type Scene = {
  readonly editor: Editor;
  readonly view: View;
  /** 0 to 1 of the picture's width. */
  readonly split: number;
  readonly background: Background;
  readonly brush: { readonly x: number; readonly y: number; readonly radius: number } | null;
};

const SQUARE = 10;

export function drawScene(canvas: HTMLCanvasElement, scene: Scene, squares: readonly [string, string]): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const { editor, view, split } = scene;
  const rect = { x: view.x, y: view.y, width: editor.width * view.scale, height: editor.height * view.scale };
  // From three times on, a pixel is to be seen as one.
  context.imageSmoothingEnabled = view.scale * ratio < 3;
  context.imageSmoothingQuality = 'high';
  const border = rect.x + rect.width * split;

  clipped(context, border, rect.y, rect.x + rect.width - border, rect.height, () => {
    if (scene.background.kind === 'transparent') paintSquares(context, rect, { width, height }, squares);
    paintBackground(context, scene.background, rect);
    context.drawImage(editor.cutout, rect.x, rect.y, rect.width, rect.height);
  });
  clipped(context, rect.x, rect.y, border - rect.x, rect.height, () =>
    context.drawImage(editor.photo, rect.x, rect.y, rect.width, rect.height),
  );
  if (scene.brush) paintBrush(context, scene.brush.x, scene.brush.y, scene.brush.radius * view.scale);
}

type Context = CanvasRenderingContext2D;

function clipped(context: Context, x: number, y: number, width: number, height: number, paint: () => void): void {
  if (width <= 0) return;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  paint();
  context.restore();
}

/** Of one size on the screen, however near the picture is. */
function paintSquares(
  context: Context,
  rect: { x: number; y: number; width: number; height: number },
  window: { width: number; height: number },
  [light, dark]: readonly [string, string],
): void {
  context.fillStyle = light;
  context.fillRect(rect.x, rect.y, rect.width, rect.height);
  context.fillStyle = dark;
  const first = (start: number): number => Math.max(0, Math.floor(-start / SQUARE));
  const right = Math.min(rect.x + rect.width, window.width);
  const bottom = Math.min(rect.y + rect.height, window.height);
  for (let row = first(rect.y); rect.y + row * SQUARE < bottom; row += 1) {
    for (let column = first(rect.x); rect.x + column * SQUARE < right; column += 1) {
      if ((row + column) % 2 === 0) continue;
      context.fillRect(rect.x + column * SQUARE, rect.y + row * SQUARE, SQUARE, SQUARE);
    }
  }
}

/** Two rings, so that one of them is seen on any ground. */
function paintBrush(context: Context, x: number, y: number, radius: number): void {
  for (const [colour, offset] of [
    ['#000', 0],
    ['#fff', -1],
  ] as const) {
    context.beginPath();
    context.arc(x, y, Math.max(2, radius + offset), 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.stroke();
  }
}
