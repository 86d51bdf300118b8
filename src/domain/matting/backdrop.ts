/** Layers for under a subject: a colour, a gradient, a picture that covers the canvas. */
import type { GradientStop } from '../background.ts';
import type { Colour } from '../colour.ts';
import type { Cutout, Rect, Size } from './cutout.ts';
import type { RowPainter } from './underlay.ts';

function fillPixels(rgb: Uint8Array, alpha: Uint8Array, colour: Colour): void {
  for (let x = 0; x < alpha.length; x++) {
    rgb[x * 3] = colour[0];
    rgb[x * 3 + 1] = colour[1];
    rgb[x * 3 + 2] = colour[2];
  }
  alpha.fill(colour[3]);
}

export const paintColour =
  (colour: Colour): RowPainter =>
  (y, rgb, alpha) => {
    if (y === 0) fillPixels(rgb, alpha, colour);
  };

/** Steps along a gradient: finer than its colours can be. */
const STEPS = 4096;

/** The line of CSS Images Module Level 3, section 3.1: through the centre, with the corners at its ends. */
export function paintGradient(angle: number, stops: readonly GradientStop[], { width, height }: Size): RowPainter {
  const radians = (angle / 180) * Math.PI;
  const [right, up] = [Math.sin(radians), Math.cos(radians)];
  const length = Math.abs(width * right) + Math.abs(height * up);
  const table = tabulate(stops);
  return (y, rgb, alpha) => {
    for (let x = 0; x < width; x++) {
      const along = ((x + 0.5 - width / 2) * right - (y + 0.5 - height / 2) * up) / length + 0.5;
      const at = Math.round(Math.min(1, Math.max(0, along)) * STEPS) * 4;
      rgb[x * 3] = table[at] as number;
      rgb[x * 3 + 1] = table[at + 1] as number;
      rgb[x * 3 + 2] = table[at + 2] as number;
      alpha[x] = table[at + 3] as number;
    }
  };
}

function tabulate(stops: readonly GradientStop[]): Uint8Array {
  const table = new Uint8Array((STEPS + 1) * 4);
  for (let i = 0; i <= STEPS; i++) table.set(mixAt(stops, i / STEPS), i * 4);
  return table;
}

/** Colours are mixed as much as they cover, as CSS has it. */
function mixAt(stops: readonly GradientStop[], at: number): Colour {
  const next = stops.findIndex((stop) => stop.at >= at);
  const to = stops[next < 0 ? stops.length - 1 : next] as GradientStop;
  const from = next > 0 ? (stops[next - 1] as GradientStop) : to;
  const share = to.at > from.at ? Math.min(1, (at - from.at) / (to.at - from.at)) : 1;
  const above = from.colour[3] * (1 - share);
  const below = to.colour[3] * share;
  const alpha = above + below;
  const mix = (c: 0 | 1 | 2): number =>
    alpha === 0 ? 0 : Math.round((from.colour[c] * above + to.colour[c] * below) / alpha);
  return [mix(0), mix(1), mix(2), Math.round(alpha)];
}

/** Of the canvas's size. */
export const paintPicture =
  ({ rgb, alpha, width }: Omit<Cutout, 'alpha'> & { readonly alpha?: Uint8Array }): RowPainter =>
  (y, rowRgb, rowAlpha) => {
    rowRgb.set(rgb.subarray(y * width * 3, (y + 1) * width * 3));
    if (alpha) rowAlpha.set(alpha.subarray(y * width, (y + 1) * width));
    else rowAlpha.fill(255);
  };

/** The middle part of the picture, of the canvas's shape, in whole pixels. */
export function coverRect(picture: Size, canvas: Size): Rect {
  const width = Math.max(1, Math.min(picture.width, Math.round((picture.height * canvas.width) / canvas.height)));
  const height = Math.max(1, Math.min(picture.height, Math.round((picture.width * canvas.height) / canvas.width)));
  return {
    left: Math.floor((picture.width - width) / 2),
    top: Math.floor((picture.height - height) / 2),
    width,
    height,
  };
}
