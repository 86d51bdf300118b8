/** The part of a picture that a solver touches, as runs of rows: the rest costs nothing. */

/**
 * `runs`: triples of row, first column and the column after the last, in reading order. `starts` and `ends`: of each row,
 * where its first run begins and its last one ends; equal where it has none.
 */
export type Band = {
  readonly runs: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly width: number;
  readonly height: number;
};

/** `isMember` holds 0 and 1. All within `reach` columns and rows of a member becomes 1. */
export function dilateMask(
  isMember: Uint8Array,
  width: number,
  height: number,
  reach: number,
): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(isMember.length);
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i++) {
      if (isMember[i]) rows.fill(1, Math.max(y * width, i - reach), Math.min(end, i + reach + 1));
    }
  }
  // Row by row: columns would miss the cache at every step.
  const result = new Uint8Array(isMember.length);
  const lastSeen = new Int32Array(width).fill(-2 * reach - 2);
  for (let y = -reach; y < height; y++) {
    const ahead = (y + reach) * width;
    for (let x = 0; x < width; x++) {
      if (y + reach < height && rows[ahead + x]) lastSeen[x] = y + reach;
      if (y >= 0 && (lastSeen[x] as number) >= y - reach) result[y * width + x] = 1;
    }
  }
  return result;
}

export function toBand(mask: Uint8Array, width: number, height: number): Band {
  const runs: number[] = [];
  const starts = new Int32Array(height);
  const ends = new Int32Array(height);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      if (!mask[row + x]) continue;
      const first = x;
      while (x < width && mask[row + x]) x++;
      if (ends[y] === 0) starts[y] = first;
      ends[y] = x;
      runs.push(y, first, x);
    }
  }
  return { runs: Int32Array.from(runs), starts, ends, width, height };
}

/** Visits the band as ranges of indices. */
export function eachRange({ runs, width }: Band, visit: (from: number, to: number, y: number) => void): void {
  for (let k = 0; k < runs.length; k += 3) {
    const y = runs[k] as number;
    visit(y * width + (runs[k + 1] as number), y * width + (runs[k + 2] as number), y);
  }
}
