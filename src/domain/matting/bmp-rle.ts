/** Run lengths of BMP (RLE8, RLE4) as one palette index a byte; each step takes at least two bytes, so it always ends. */
import { RemuvrError } from '../errors.ts';

/** Rows from the bottom, as stored. Pixels that are skipped keep index 0. Data that stop before their end are damage. */
export function decodeRle(packed: Uint8Array, width: number, height: number, isRle4: boolean): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, 0];
  const next = (): number => {
    if (at >= packed.length) throw new RemuvrError('invalid_image');
    return packed[at++] as number;
  };
  const put = (index: number): void => {
    if (x < width && y < height) indices[y * width + x] = index;
    x++;
  };
  const nibble = (byte: number, position: number): number =>
    isRle4 ? (position % 2 === 0 ? byte >> 4 : byte & 15) : byte;

  while (y < height) {
    // Some writers leave out the end of the picture.
    if (at === packed.length && y === height - 1 && x >= width) break;
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(nibble(value, i));
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      x += next();
      y += next();
    } else {
      const start = at;
      for (let i = 0, byte = 0; i < value; i++) {
        if (!isRle4 || i % 2 === 0) byte = next();
        put(nibble(byte, i));
      }
      // Literal runs end on an even byte.
      if ((at - start) % 2 === 1) next();
    }
  }
  return indices;
}
