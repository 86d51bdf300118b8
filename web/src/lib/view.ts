/** Where a picture lies in a window: so many screen pixels a picture pixel, and the place of its corner. */
export type View = { readonly scale: number; readonly x: number; readonly y: number };
export type Size = { readonly width: number; readonly height: number };
type Point = { readonly x: number; readonly y: number };

const MAX_SCALE = 32;

export function fitView(picture: Size, window: Size, margin = 0): View {
  const scale = Math.min((window.width - 2 * margin) / picture.width, (window.height - 2 * margin) / picture.height, 4);
  return { scale, x: (window.width - picture.width * scale) / 2, y: (window.height - picture.height * scale) / 2 };
}

/** Nearer or farther, with the place under the pointer staying where it is. */
export function zoomAt(view: View, factor: number, at: Point, smallest: number): View {
  const scale = Math.min(MAX_SCALE, Math.max(Math.min(smallest, 1), view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

export const panBy = (view: View, by: Point): View => ({ ...view, x: view.x + by.x, y: view.y + by.y });

export const toPicture = (view: View, at: Point): Point => ({
  x: (at.x - view.x) / view.scale,
  y: (at.y - view.y) / view.scale,
});
