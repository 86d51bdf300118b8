/**
 * Colours times alpha, and alpha, in 16 bits with room above and below: so a kernel that overshoots at an edge overshoots
 * in both alike, and the colour that is divided out again is the subject's own, to one level.
 */
import type { Cutout, Size } from './cutout.ts';

/** What stands for 0, and steps of a product of two bytes that are one step of the 16 bits. */
const ZERO = 16_384;
const STEP = 2;

export type Weighted = { readonly colours: Uint16Array; readonly covers: Uint16Array };

export function weigh({ rgb, alpha }: Cutout): Weighted {
  const colours = new Uint16Array(rgb.length);
  const covers = new Uint16Array(alpha.length);
  for (let i = 0, at = 0; i < alpha.length; i++, at += 3) {
    const cover = alpha[i] as number;
    covers[i] = ZERO + (cover * 255) / STEP + 0.5;
    colours[at] = ZERO + ((rgb[at] as number) * cover) / STEP + 0.5;
    colours[at + 1] = ZERO + ((rgb[at + 1] as number) * cover) / STEP + 0.5;
    colours[at + 2] = ZERO + ((rgb[at + 2] as number) * cover) / STEP + 0.5;
  }
  return { colours, covers };
}

const toByte = (value: number): number => (value >= 255 ? 255 : value > 0 ? value + 0.5 : 0);

export function unweigh({ colours, covers }: Weighted, { width, height }: Size): Cutout {
  const rgb = new Uint8Array(colours.length);
  const alpha = new Uint8Array(covers.length);
  for (let i = 0, at = 0; i < alpha.length; i++, at += 3) {
    const cover = (covers[i] as number) - ZERO;
    alpha[i] = toByte((cover * STEP) / 255);
    if (alpha[i] === 0) continue;
    rgb[at] = toByte((((colours[at] as number) - ZERO) * 255) / cover);
    rgb[at + 1] = toByte((((colours[at + 1] as number) - ZERO) * 255) / cover);
    rgb[at + 2] = toByte((((colours[at + 2] as number) - ZERO) * 255) / cover);
  }
  return { rgb, alpha, width, height };
}
