/** What lies behind the cut-out. */
export type Background =
  | { readonly kind: 'transparent' }
  | { readonly kind: 'colour'; readonly colour: string }
  | { readonly kind: 'gradient'; readonly from: string; readonly to: string }
  | { readonly kind: 'picture'; readonly picture: ImageBitmap };

export const COLOURS = [
  ['White', '#ffffff'],
  ['Black', '#111111'],
  ['Grey', '#d9d9d6'],
  ['Green', '#3cb45a'],
  ['Blue', '#2f6fed'],
  ['Yellow', '#f6c945'],
  ['Pink', '#f3a6b8'],
] as const;

type Rect = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** Fills the rectangle; nothing where the background is transparent. */
export function paintBackground(context: CanvasRenderingContext2D, background: Background, rect: Rect): void {
  const { x, y, width, height } = rect;
  if (background.kind === 'transparent') return;
  if (background.kind === 'picture') {
    cover(context, background.picture, rect);
    return;
  }
  if (background.kind === 'colour') context.fillStyle = background.colour;
  else {
    const gradient = context.createLinearGradient(x, y, x + width, y + height);
    gradient.addColorStop(0, background.from);
    gradient.addColorStop(1, background.to);
    context.fillStyle = gradient;
  }
  context.fillRect(x, y, width, height);
}

/** As large as it must be to leave nothing free, its middle in the middle. */
function cover(context: CanvasRenderingContext2D, picture: ImageBitmap, { x, y, width, height }: Rect): void {
  const scale = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [width / scale, height / scale];
  context.drawImage(picture, (picture.width - w) / 2, (picture.height - h) / 2, w, h, x, y, width, height);
}
