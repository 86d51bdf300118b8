/** A layer put under a cutout: "over" of Porter and Duff, "Compositing digital images", SIGGRAPH 1984, on straight alpha. */
import type { Cutout } from './cutout.ts';

/** Writes row `y` of a layer: its colours, 3 bytes a pixel, and its alpha. Rows are asked for from the top down. */
export type RowPainter = (y: number, rgb: Uint8Array, alpha: Uint8Array) => void;

/** In place. Each channel is rounded once, so that a layer is exact to half a level. */
export function underlay({ rgb, alpha, width, height }: Cutout, paintRow: RowPainter): void {
  const colours = new Uint8Array(width * 3);
  const covers = new Uint8Array(width);
  for (let y = 0, i = 0; y < height; y++) {
    paintRow(y, colours, covers);
    for (let x = 0; x < width; x++, i++) {
      const own = alpha[i] as number;
      const below = (255 - own) * (covers[x] as number);
      if (below === 0) continue;
      const above = own * 255;
      const whole = above + below;
      for (let c = 0; c < 3; c++) {
        const mixed = (rgb[i * 3 + c] as number) * above + (colours[x * 3 + c] as number) * below;
        rgb[i * 3 + c] = mixed / whole + 0.5;
      }
      alpha[i] = whole / 255 + 0.5;
    }
  }
}
