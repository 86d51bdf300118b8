/**
 * The stamp on pictures made with a test key: "REMUVR TEST" in white with a black edge, repeated over the whole picture,
 * opaque, so that it shows over any subject, on transparent areas, and on any page. The picture's size is unchanged.
 */
import type { ImageRaster } from './raster.ts';

const TEXT = 'REMUVR TEST';

/** 5 × 7 dots, a row a number, the highest of 5 bits leftmost. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  R: [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
  E: [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
  M: [0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001],
  U: [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
  V: [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b00100],
  S: [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110],
  T: [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
};

const CLEAR = 0;
const EDGE = 1;
const FILL = 2;

/** One tile of the pattern in dots: the text, and the space to the next one. */
const TILE_WIDTH = TEXT.length * 6 + 8;
const TILE_HEIGHT = 18;

/** Dots along the shorter side: about two texts across a square picture. */
const DOTS_ACROSS = 160;

const FILL_COLOUR = 255;
const EDGE_COLOUR = 0;
/** On a mask, grey is what neither subject nor background is. */
const FILL_MASK = 160;
const EDGE_MASK = 96;

function drawTile(): Uint8Array {
  const tile = new Uint8Array(TILE_WIDTH * TILE_HEIGHT);
  const isDot = (x: number, y: number): boolean => {
    const letter = GLYPHS[TEXT[Math.floor(x / 6)] ?? ' '];
    return x >= 0 && x % 6 < 5 && (((letter?.[y] ?? 0) >> (4 - (x % 6))) & 1) === 1;
  };
  for (let y = -1; y <= 7; y++) {
    for (let x = -1; x <= TEXT.length * 6; x++) {
      const hasNeighbour = [-1, 0, 1].some((dy) => [-1, 0, 1].some((dx) => isDot(x + dx, y + dy)));
      tile[(y + 1) * TILE_WIDTH + x + 1] = isDot(x, y) ? FILL : hasNeighbour ? EDGE : CLEAR;
    }
  }
  return tile;
}

/** Calls `paint` with the index of every pixel under the stamp. */
function forEachStampedPixel(width: number, height: number, paint: (pixel: number, isFill: boolean) => void): void {
  const tile = drawTile();
  const dotSize = Math.max(1, Math.round(Math.min(width, height) / DOTS_ACROSS));
  for (let y = 0; y < height; y++) {
    const dotRow = Math.floor(y / dotSize);
    // Every other line is shifted by half a text, so that no subject fits between two of them.
    const shift = Math.floor(dotRow / TILE_HEIGHT) % 2 === 1 ? Math.floor(TILE_WIDTH / 2) : 0;
    const row = (dotRow % TILE_HEIGHT) * TILE_WIDTH;
    for (let x = 0; x < width; x++) {
      const dot = tile[row + ((Math.floor(x / dotSize) + shift) % TILE_WIDTH)] as number;
      if (dot !== CLEAR) paint(y * width + x, dot === FILL);
    }
  }
}

type Size = Pick<ImageRaster, 'width' | 'height'>;

/** Draws the stamp into the colours and makes it opaque in the alpha; both are changed in place. */
export function stampCutout(rgb: Uint8Array, alpha: Uint8Array, { width, height }: Size): void {
  forEachStampedPixel(width, height, (pixel, isFill) => {
    rgb.fill(isFill ? FILL_COLOUR : EDGE_COLOUR, pixel * 3, pixel * 3 + 3);
    alpha[pixel] = 255;
  });
}

/** Draws the stamp into a mask, in place. */
export function stampMask(mask: Uint8Array, { width, height }: Size): void {
  forEachStampedPixel(width, height, (pixel, isFill) => {
    mask[pixel] = isFill ? FILL_MASK : EDGE_MASK;
  });
}
