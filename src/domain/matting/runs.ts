/** A set of pixels as runs of rows, so that what lies outside of it costs nothing. */

/**
 * The runs of row y are those from `rows[y]` to before `rows[y + 1]`. A run is the columns from `firsts` to before `ends`;
 * `slots` counts the pixels of all runs before it, so that every pixel has a slot of its own, in reading order.
 */
export type Runs = {
  readonly width: number;
  readonly height: number;
  readonly rows: Int32Array;
  readonly firsts: Int32Array;
  readonly ends: Int32Array;
  readonly slots: Int32Array;
  readonly count: number;
};

/** `paintRow` writes 1 for each member of row y into a row of zeros. */
export function collectRuns(width: number, height: number, paintRow: (y: number, row: Uint8Array) => void): Runs {
  const row = new Uint8Array(width);
  const rows = new Int32Array(height + 1);
  const firsts: number[] = [];
  const ends: number[] = [];
  const slots: number[] = [];
  let count = 0;
  for (let y = 0; y < height; y++) {
    row.fill(0);
    paintRow(y, row);
    for (let first = row.indexOf(1), end = 0; first >= 0; first = row.indexOf(1, end)) {
      end = row.indexOf(0, first);
      if (end < 0) end = width;
      firsts.push(first);
      ends.push(end);
      slots.push(count);
      count += end - first;
    }
    rows[y + 1] = firsts.length;
  }
  const [packedFirsts, packedEnds] = [Int32Array.from(firsts), Int32Array.from(ends)];
  return { width, height, rows, firsts: packedFirsts, ends: packedEnds, slots: Int32Array.from(slots), count };
}

/** All pixels within one row and one column of a member. */
export function dilateRuns({ width, height, rows, firsts, ends }: Runs): Runs {
  return collectRuns(width, height, (y, row) => {
    const last = rows[Math.min(height, y + 2)] as number;
    for (let run = rows[Math.max(0, y - 1)] as number; run < last; run++) {
      row.fill(1, Math.max(0, (firsts[run] as number) - 1), Math.min(width, (ends[run] as number) + 1));
    }
  });
}

/** In a grid of half the size, rounded up: the pixels that hold a member. */
export function halveRuns({ width, height, rows, firsts, ends }: Runs): Runs {
  return collectRuns(Math.ceil(width / 2), Math.ceil(height / 2), (y, row) => {
    const last = rows[Math.min(height, 2 * y + 2)] as number;
    for (let run = rows[2 * y] as number; run < last; run++) {
      row.fill(1, (firsts[run] as number) >> 1, ((ends[run] as number) + 1) >> 1);
    }
  });
}

/** Writes the slots of row y by column, −1 where a pixel is no member; a row outside of the grid has none. */
export function writeSlots({ height, rows, firsts, ends, slots }: Runs, y: number, target: Int32Array): void {
  target.fill(-1);
  if (y < 0 || y >= height) return;
  const last = rows[y + 1] as number;
  for (let run = rows[y] as number; run < last; run++) {
    let slot = slots[run] as number;
    const end = ends[run] as number;
    for (let x = firsts[run] as number; x < end; x++) target[x] = slot++;
  }
}
