/**
 * Alpha as affine functions of colour, one for every small window: He, Sun and Tang, "Guided image filtering", TPAMI
 * 35(6), 2013, with colours as the guide. It is the first step of an iteration for closed-form matting (Levin, Lischinski
 * and Weiss, TPAMI 30(2), 2008), whose further steps were measured to bring nothing here. Only the pixels of a band are
 * touched; all planes are those of the whole grid.
 */
import { type Band, eachRange } from './band.ts';

/**
 * `radius`: of the windows, pixels. `epsilon`: variance of colours, of 0..1, below which a window counts as flat; larger
 * makes alpha smoother, and keeps out the subject's own texture.
 */
export type WindowParameters = { readonly radius: number; readonly epsilon: number };

type Averager = (source: Float32Array, target: Float32Array) => void;

/** Sums of 4 interleaved channels over windows, by a running sum along the row. The source is 0 outside the band. */
function sumRows(source: Float32Array, rows: Float32Array, band: Band, radius: number): void {
  eachRange(band, (from, to, y) => {
    const left = y * band.width;
    const right = left + band.width;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const add = (at: number, sign: number): void => {
      s0 += sign * (source[at] as number);
      s1 += sign * (source[at + 1] as number);
      s2 += sign * (source[at + 2] as number);
      s3 += sign * (source[at + 3] as number);
    };
    for (let i = Math.max(left, from - radius); i < Math.min(right, from + radius); i++) add(i * 4, 1);
    for (let i = from; i < to; i++) {
      if (i + radius < right) add((i + radius) * 4, 1);
      if (i - radius - 1 >= left) add((i - radius - 1) * 4, -1);
      const at = i * 4;
      rows[at] = s0;
      rows[at + 1] = s1;
      rows[at + 2] = s2;
      rows[at + 3] = s3;
    }
  });
}

/** Down the columns: `column` holds the sum of the rows of the window, and each row is added and taken away once. */
function sumColumns(rows: Float32Array, target: Float32Array, band: Band, radius: number): void {
  const { height } = band;
  const length = band.width * 4;
  const column = new Float64Array(length);
  const addRow = (y: number, sign: number): void => {
    const row = y * length;
    const [from, to] = [(band.starts[y] as number) * 4, (band.ends[y] as number) * 4];
    for (let k = from; k < to; k++) column[k] = (column[k] as number) + sign * (rows[row + k] as number);
  };
  for (let y = 0; y < Math.min(radius, height); y++) addRow(y, 1);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addRow(y + radius, 1);
    if (y - radius - 1 >= 0) addRow(y - radius - 1, -1);
    const row = y * length;
    const [from, to] = [(band.starts[y] as number) * 4, (band.ends[y] as number) * 4];
    for (let k = from; k < to; k++) target[row + k] = column[k] as number;
  }
}

/** Means over the pixels of a window that lie in the band. */
function createAverager(band: Band, radius: number): Averager {
  const length = band.width * band.height;
  const rows = new Float32Array(length * 4);
  const shares = new Float32Array(length);
  const counts = new Float32Array(length * 4);
  const ones = new Float32Array(length * 4);
  eachRange(band, (from, to) => ones.fill(1, from * 4, to * 4));
  sumRows(ones, rows, band, radius);
  sumColumns(rows, counts, band, radius);
  eachRange(band, (from, to) => {
    for (let i = from; i < to; i++) shares[i] = 1 / (counts[i * 4] as number);
  });
  return (source, target) => {
    sumRows(source, rows, band, radius);
    sumColumns(rows, target, band, radius);
    eachRange(band, (from, to) => {
      for (let i = from; i < to; i++) {
        const share = shares[i] as number;
        for (let c = i * 4; c < i * 4 + 4; c++) target[c] = (target[c] as number) * share;
      }
    });
  };
}

/** Means of products: colours, their squares, their products with alpha. */
function averageMoments(alpha: Float32Array, colours: Float32Array, band: Band, average: Averager): Float32Array[] {
  const source = new Float32Array(alpha.length * 4);
  const fill = (write: (at: number, r: number, g: number, b: number, a: number) => void): Float32Array => {
    eachRange(band, (from, to) => {
      for (let i = from; i < to; i++) {
        const c = i * 3;
        write(i * 4, colours[c] as number, colours[c + 1] as number, colours[c + 2] as number, alpha[i] as number);
      }
    });
    const means = new Float32Array(source.length);
    average(source, means);
    return means;
  };
  const set = (at: number, p: number, q: number, r: number, s: number): void => {
    source[at] = p;
    source[at + 1] = q;
    source[at + 2] = r;
    source[at + 3] = s;
  };
  return [
    fill((at, r, g, b, a) => set(at, r, g, b, a)),
    fill((at, r, g, b, a) => set(at, a * r, a * g, a * b, r * r)),
    fill((at, r, g, b) => set(at, r * g, r * b, g * g, g * b)),
    fill((at, _r, _g, b) => set(at, b * b, 0, 0, 0)),
  ];
}

/**
 * Per pixel of the band, averaged over its windows: factors of R, G and B, and a constant. `colours`: 3 floats of 0..1 a
 * pixel. Windows count only their pixels in the band, which must be wide enough.
 */
export function fitColourLines(
  alpha: Float32Array,
  colours: Float32Array,
  band: Band,
  { radius, epsilon }: WindowParameters,
): Float32Array {
  const average = createAverager(band, radius);
  const [first, second, third, fourth] = averageMoments(alpha, colours, band, average) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const lines = new Float32Array(alpha.length * 4);
  eachRange(band, (from, to) => {
    for (let at = from * 4; at < to * 4; at += 4) {
      const [r, g, b] = [first[at] as number, first[at + 1] as number, first[at + 2] as number];
      const mean = first[at + 3] as number;
      const rr = (second[at + 3] as number) - r * r + epsilon;
      const rg = (third[at] as number) - r * g;
      const rb = (third[at + 1] as number) - r * b;
      const gg = (third[at + 2] as number) - g * g + epsilon;
      const gb = (third[at + 3] as number) - g * b;
      const bb = (fourth[at] as number) - b * b + epsilon;
      const cr = (second[at] as number) - mean * r;
      const cg = (second[at + 1] as number) - mean * g;
      const cb = (second[at + 2] as number) - mean * b;
      // The covariance is symmetric: six cofactors invert it.
      const [crr, crg, crb] = [gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb];
      const [cgg, cgb, cbb] = [rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg];
      const scale = 1 / Math.max(1e-12, crr * rr + crg * rg + crb * rb);
      const ar = (crr * cr + crg * cg + crb * cb) * scale;
      const ag = (crg * cr + cgg * cg + cgb * cb) * scale;
      const ab = (crb * cr + cgb * cg + cbb * cb) * scale;
      lines[at] = ar;
      lines[at + 1] = ag;
      lines[at + 2] = ab;
      lines[at + 3] = mean - ar * r - ag * g - ab * b;
    }
  });
  const averaged = new Float32Array(lines.length);
  average(lines, averaged);
  return averaged;
}
