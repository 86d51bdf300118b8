/**
 * A colour picture made larger, by the cubic kernel of Keys with a = −½ (Catmull–Rom; see `resample.ts`), rows first and
 * then columns. libvips enlarges by its general affine transform, which takes ten times as long, and puts the picture up
 * to half a pixel off.
 */
import { layOut } from './kernels.ts';

const CHANNELS = 3;
/** Weights are whole numbers of 1/2048: bytes times weights stay exact in the lanes of 16 and 32 bits. */
const ONE = 2048;

type Size = { readonly width: number; readonly height: number };

/** The first of the four sources of each target place, from −2 on, and their weights, whose sum is ONE. */
type Taps = { readonly firsts: Int32Array; readonly weights: Int16Array };

function computeTaps(from: number, to: number): Taps {
  const firsts = new Int32Array(to);
  const weights = new Int16Array(to * 4);
  for (let i = 0; i < to; i++) {
    const centre = ((i + 0.5) * from) / to - 0.5;
    const cell = Math.floor(centre);
    const t = centre - cell;
    const before = Math.round(ONE * ((-0.5 * t + 1) * t - 0.5) * t);
    const next = Math.round(ONE * ((-1.5 * t + 2) * t + 0.5) * t);
    const after = Math.round(ONE * (0.5 * t - 0.5) * t * t);
    firsts[i] = cell - 1;
    weights.set([before, ONE - before - next - after, next, after], i * 4);
  }
  return { firsts, weights };
}

/** Two pixels repeated beyond each end, which is as far as the kernel looks. */
const PADDING = 2;

function widen(rgb: Uint8Array, { width, height }: Size, toWidth: number): Uint8Array {
  const { firsts, weights } = computeTaps(width, toWidth);
  const rowBytes = width * CHANNELS;
  const margin = PADDING * CHANNELS;
  const memory = layOut(rowBytes + 2 * margin, toWidth * 4, toWidth * 8, toWidth * CHANNELS);
  const [row = 0, starts = 0, weightsAt = 0, out = 0] = memory.addresses;
  memory.integers(1).set(firsts.map((first) => (first + PADDING) * CHANNELS));
  memory.words(2).set(weights);
  const padded = memory.bytes(0);
  const wideRow = memory.bytes(3);
  const wide = new Uint8Array(toWidth * height * CHANNELS);
  for (let y = 0; y < height; y++) {
    padded.set(rgb.subarray(y * rowBytes, (y + 1) * rowBytes), margin);
    padded.copyWithin(0, margin, margin + CHANNELS).copyWithin(CHANNELS, margin, margin + CHANNELS);
    const last = margin + rowBytes - CHANNELS;
    padded.copyWithin(last + CHANNELS, last, last + CHANNELS).copyWithin(last + 2 * CHANNELS, last, last + CHANNELS);
    memory.run.widenRgbRow(row, starts, weightsAt, out, toWidth);
    wide.set(wideRow, y * toWidth * CHANNELS);
  }
  return wide;
}

function heighten(rgb: Uint8Array, { width, height }: Size, toHeight: number): Uint8Array {
  const { firsts, weights } = computeTaps(height, toHeight);
  const rowBytes = width * CHANNELS;
  const memory = layOut(rgb.length, toHeight * 8, rowBytes * toHeight);
  const [source = 0, weightsAt = 0, out = 0] = memory.addresses;
  memory.bytes(0).set(rgb);
  memory.words(1).set(weights);
  const rowAt = (y: number): number => source + rowBytes * Math.min(height - 1, Math.max(0, y));
  for (let y = 0; y < toHeight; y++) {
    const first = firsts[y] as number;
    const target = out + y * rowBytes;
    const at = weightsAt + y * 8;
    memory.run.mixByteRows(rowAt(first), rowAt(first + 1), rowAt(first + 2), rowAt(first + 3), at, target, rowBytes);
  }
  return memory.bytes(2).slice();
}

/** RGB bytes of `from` as RGB bytes of at least as many columns and rows. */
export function enlargeRgb(rgb: Uint8Array, from: Size, to: Size): Uint8Array {
  const wide = from.width === to.width ? rgb : widen(rgb, from, to.width);
  return from.height === to.height ? wide : heighten(wide, { width: to.width, height: from.height }, to.height);
}
