/** Where the places of a longer line lie between the cells of a shorter one. */

/**
 * The places from `starts[c]` to before `starts[c + 1]` lie between the middles of cell c and the next; `fractions` says
 * how far, 0..1. So a loop over cells reads each cell once, however many places it is spread over.
 */
export type Spread = { readonly starts: Int32Array; readonly fractions: Float32Array };

/** `padding`: cells put before the first and after the last one. Places beyond the middle of the outermost are at it. */
export function spreadCells(cells: number, length: number, padding = 0): Spread {
  const padded = cells + 2 * padding;
  const starts = new Int32Array(padded + 1).fill(length);
  const fractions = new Float32Array(length);
  for (let place = length - 1; place >= 0; place--) {
    const at = ((place + 0.5) * cells) / length - 0.5 + padding;
    const clamped = Math.min(padded - 1, Math.max(0, at));
    const cell = Math.floor(clamped);
    fractions[place] = clamped - cell;
    starts.fill(place, 0, cell + 1);
  }
  return { starts, fractions };
}

/** The two rows of cells around a row, and how far down it lies between them, 0..1. */
export type RowPlace = { readonly above: number; readonly below: number; readonly down: number };

export function placeRow(cells: number, height: number, y: number): RowPlace {
  const at = Math.min(cells - 1, Math.max(0, ((y + 0.5) * cells) / height - 0.5));
  const above = Math.floor(at);
  return { above, below: Math.min(cells - 1, above + 1), down: at - above };
}

/** Between two values of a plane. */
export const mixLinear = (plane: Float32Array, from: number, to: number, t: number): number =>
  (plane[from] as number) * (1 - t) + (plane[to] as number) * t;
