/**
 * Closed-form matting in a band: the alpha that is, in every window of 3 × 3 cells, nearest to an affine function of
 * colour. Levin, Lischinski and Weiss, "A closed-form solution to natural image matting", TPAMI 30(2), 2008. Around the
 * band alpha is given, and in it it is held loosely to what was there.
 *
 * The matrix is never written down: its product with a plane is what the windows' functions leave of it (He, Sun and Tang,
 * "Fast matting using large kernel matting Laplacian matrices", CVPR 2010, here with the smallest windows). So a step of
 * conjugate gradients costs as much as the band is large, and what comes out is functions, which may draw a larger picture.
 */
import { dilateMask } from './dilate.ts';
import { type Layout, layOut } from './kernels.ts';
import type { ReducedSquare } from './reduce.ts';

/** A function a cell: alpha is about red × R + green × G + blue × B + constant, of colours from 0 to 1. */
export type ColourLines = {
  readonly red: Float32Array;
  readonly green: Float32Array;
  readonly blue: Float32Array;
  readonly constant: Float32Array;
};

/**
 * `epsilon`: variance of colours, of 0..1, below which a window counts as flat; larger makes alpha smoother. `prior`: what
 * the alpha that was in the band counts, where each of a cell's nine windows counts 1. `steps`: at most.
 */
export type ClosedFormParameters = { readonly epsilon: number; readonly prior: number; readonly steps: number };

/** Of the squared residual that the first step meets: at less it ends. */
const TOLERANCE = 1e-8;

/** The planes of `kernels/closed-form.ts`, in its order. */
const PLANES = 20;
const COLOURS = [0, 1, 2] as const;
const CELL_LINES = 3;
const IS_MIDDLE = 9;
const WINDOW_LINES = [10, 11, 12, 13] as const;
const SHARES = 14;
const MASK = 15;
const ALPHA = 16;
const DIRECTION = 17;
const RESIDUAL = 18;
const PRODUCT = 19;

/** Cells that a kernel takes at a time. */
const GROUP = 4;

/** The grid with a row more above and below and a group more on both sides, so that no kernel has to look for the border. */
type Frame = { readonly width: number; readonly height: number; readonly stride: number };

const frameGrid = ({ width, height }: ReducedSquare): Frame => ({
  width,
  height,
  stride: Math.ceil(width / GROUP) * GROUP + 2 * GROUP,
});

const startOfRow = ({ stride }: Frame, y: number): number => (y + 1) * stride + GROUP;

/** The groups that hold a member, by their places in a plane, in bytes. */
function listGroups(isMember: Uint8Array, frame: Frame): Int32Array {
  const { width, height, stride } = frame;
  const places = new Int32Array((stride / GROUP) * height);
  let count = 0;
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * width;
    const toPlace = startOfRow(frame, y) - y * width;
    for (let i = y * width; i < end; i += GROUP) {
      const last = Math.min(end, i + GROUP);
      for (let k = i; k < last; k++) {
        if (!isMember[k]) continue;
        places[count++] = (i + toPlace) * Float32Array.BYTES_PER_ELEMENT;
        break;
      }
    }
  }
  return places.subarray(0, count);
}

/** Where the memory holds the groups of what is drawn. */
const DRAWN = 2;

/** What the kernels work on: planes, and for each of them the groups that it goes through. */
type Workspace = {
  readonly frame: Frame;
  readonly memory: Layout;
  readonly planes: readonly Float32Array[];
  readonly mask: Int32Array;
  /** Addresses and lengths: of the band, of what is drawn from it, and of the windows that either needs. */
  readonly cells: readonly [number, number];
  readonly drawn: readonly [number, number];
  readonly windows: readonly [number, number];
  /** The first plane, and how long a plane and a row of it are, in bytes. */
  readonly shape: readonly [number, number, number];
};

function createWorkspace(grid: ReducedSquare, isUnknown: Uint8Array): Workspace {
  const { width, height } = grid;
  const frame = frameGrid(grid);
  const length = frame.stride * (height + 2);
  const lists = [0, 1, 2].map((reach) => {
    return listGroups(reach ? dilateMask(isUnknown, width, height, reach) : isUnknown, frame);
  });
  const memory = layOut(length * PLANES * 4, ...lists.map((list) => list.byteLength));
  for (const [k, list] of lists.entries()) memory.integers(k + 1).set(list);
  const all = memory.floats(0);
  const [cells, drawn, windows] = lists.map((list, k) => [memory.addresses[k + 1], list.length]) as [
    [number, number],
    [number, number],
    [number, number],
  ];
  return {
    frame,
    memory,
    planes: Array.from({ length: PLANES }, (_, k) => all.subarray(k * length, (k + 1) * length)),
    mask: memory.integers(0).subarray(MASK * length, (MASK + 1) * length),
    cells,
    drawn,
    windows,
    shape: [memory.addresses[0] as number, length * 4, frame.stride * 4],
  };
}

const planeOf = ({ planes }: Workspace, k: number): Float32Array => planes[k] as Float32Array;

/** Of the windows that do not reach over the border, those that each place of a line is in. */
const countWindows = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => Math.max(0, Math.min(length - 2, at + 1) - Math.max(1, at - 1) + 1));

function fillPlanes(space: Workspace, grid: ReducedSquare, isUnknown: Uint8Array): void {
  const { frame, mask } = space;
  const { width, height } = frame;
  for (const k of [...COLOURS, IS_MIDDLE, ...WINDOW_LINES, SHARES, ALPHA, DIRECTION]) planeOf(space, k).fill(0);
  mask.fill(0);
  const [red, green, blue] = COLOURS.map((k) => planeOf(space, k)) as [Float32Array, Float32Array, Float32Array];
  const [alpha, shares, isMiddle] = [planeOf(space, ALPHA), planeOf(space, SHARES), planeOf(space, IS_MIDDLE)];
  const across = countWindows(width);
  const down = countWindows(height);
  for (let y = 0, i = 0; y < height; y++) {
    const start = startOfRow(frame, y);
    alpha.set(grid.alpha.subarray(i, i + width), start);
    if (y > 0 && y < height - 1 && width > 2) isMiddle.fill(1, start + 1, start + width - 1);
    for (let x = 0, at = start; x < width; x++, i++, at++) {
      red[at] = grid.colours[i * 3] as number;
      green[at] = grid.colours[i * 3 + 1] as number;
      blue[at] = grid.colours[i * 3 + 2] as number;
      shares[at] = (across[x] as number) * (down[y] as number);
      if (isUnknown[i]) mask[at] = -1;
    }
  }
}

/** Of a plane: its product with the matrix, which goes to PRODUCT, times itself. */
function multiply({ memory, windows, cells, shape }: Workspace, plane: number, prior: number): number {
  memory.run.fitWindows(...windows, ...shape, plane);
  return memory.run.applyLaplacian(...cells, ...shape, plane, prior);
}

/** What alpha as it was lacks becomes the residual and the first direction. Returns its squared length. */
function beginDescent(space: Workspace): number {
  const { mask } = space;
  multiply(space, ALPHA, 0);
  const [residual, direction, product] = [RESIDUAL, DIRECTION, PRODUCT].map((k) => planeOf(space, k)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  residual.fill(0);
  let square = 0;
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    const lack = -(product[i] as number);
    residual[i] = direction[i] = lack;
    square += lack * lack;
  }
  return square;
}

/** Conjugate gradients: Hestenes and Stiefel, 1952. The diagonal is nearly constant, so nothing is gained by dividing by it. */
function descend(space: Workspace, { prior, steps }: ClosedFormParameters): void {
  const { memory, cells, shape } = space;
  const [base, plane] = shape;
  let square = beginDescent(space);
  const enough = square * TOLERANCE;
  for (let step = 0; step < steps && square > enough; step++) {
    const curvature = multiply(space, DIRECTION, prior);
    // Below what single precision holds, there is nothing left to go down.
    if (!(curvature > 0)) return;
    const length = square / curvature;
    const left = memory.run.stepAlong(...cells, base, plane, length);
    memory.run.turnDirection(...cells, base, plane, left / square);
    square = left;
  }
}

/** From the groups that are drawn, without what reaches over the border; the rest stays 0. */
function copyOut(space: Workspace, k: number): Float32Array {
  const { frame, memory } = space;
  const { width, height, stride } = frame;
  const copy = new Float32Array(width * height);
  const plane = planeOf(space, k);
  for (const place of memory.integers(DRAWN)) {
    const from = place / Float32Array.BYTES_PER_ELEMENT;
    const x = (from % stride) - GROUP;
    const to = (Math.floor(from / stride) - 1) * width + x;
    const count = Math.min(GROUP, width - x);
    for (let lane = 0; lane < count; lane++) copy[to + lane] = plane[from + lane] as number;
  }
  return copy;
}

/** Right for the cells of `isUnknown` and their neighbours alone, which is what lies between them. */
export function fitColourLines(
  grid: ReducedSquare,
  isUnknown: Uint8Array,
  parameters: ClosedFormParameters,
): ColourLines {
  const space = createWorkspace(grid, isUnknown);
  const { memory, windows, drawn, shape } = space;
  fillPlanes(space, grid, isUnknown);
  memory.run.inspectWindows(...windows, ...shape, parameters.epsilon);
  descend(space, parameters);
  memory.run.fitWindows(...windows, ...shape, ALPHA);
  memory.run.averageLines(...drawn, ...shape);
  const [red, green, blue, constant] = [0, 1, 2, 3].map((k) => copyOut(space, CELL_LINES + k)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { red, green, blue, constant };
}
