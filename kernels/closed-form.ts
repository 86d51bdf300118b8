/**
 * The loops of closed-form matting (`src/domain/matting/closed-form.ts`) over planes of one size, four cells at a time.
 * Plane k lies `k · plane` bytes after `base`; below, its rows are `stride` bytes long. A group is four cells side by side, given
 * by its place (i32) in a plane, in bytes; the cells around it belong to the planes too.
 */

/** What each plane holds. */
const RED: usize = 0;
const GREEN: usize = 1;
const BLUE: usize = 2;
/** Six, of the covariance of colours: L D Lᵀ, the three of L and the reciprocals of D. */
const FACTORS: usize = 3;
/** 1 where a window has its middle, 0 at the border. */
const IS_MIDDLE: usize = 9;
/** Four, of the function of each window. */
const LINE: usize = 10;
/** Of how many windows a cell is part. */
const SHARES: usize = 14;
/** All bits set where alpha is sought. */
const MASK: usize = 15;
const DIRECTION: usize = 17;
const ALPHA: usize = 16;
const RESIDUAL: usize = 18;
const PRODUCT: usize = 19;

const NINTH: f32 = 1 / <f32>9;

function subtract(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}
function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}
function multiply(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}
function total(lanes: v128): f32 {
  return (
    f32x4.extract_lane(lanes, 0) +
    f32x4.extract_lane(lanes, 1) +
    f32x4.extract_lane(lanes, 2) +
    f32x4.extract_lane(lanes, 3)
  );
}

/**
 * The covariance of colours of each window, `epsilon` added to its diagonal, factored: at an edge between two greys its
 * cofactors would lose all their digits in single precision. No part of D is below `epsilon` but by rounding.
 */
export function inspectWindows(
  groups: usize,
  count: i32,
  base: usize,
  plane: usize,
  stride: usize,
  epsilon: f32,
): void {
  const ninth = f32x4.splat(NINTH);
  const flat = f32x4.splat(epsilon);
  for (let group = 0; group < count; group++) {
    const at = base + <usize>load<i32>(groups + ((<usize>group) << 2));
    const r0 = v128.load(at + RED * plane);
    const g0 = v128.load(at + GREEN * plane);
    const b0 = v128.load(at + BLUE * plane);
    let r = f32x4.splat(0);
    let g = r;
    let b = r;
    let rr = r;
    let rg = r;
    let rb = r;
    let gg = r;
    let gb = r;
    let bb = r;
    let cell = at - stride - 4;
    for (let k = 1; k <= 9; k++) {
      const dr = subtract(v128.load(cell + RED * plane), r0);
      const dg = subtract(v128.load(cell + GREEN * plane), g0);
      const db = subtract(v128.load(cell + BLUE * plane), b0);
      r = add(r, dr);
      g = add(g, dg);
      b = add(b, db);
      rr = add(rr, multiply(dr, dr));
      rg = add(rg, multiply(dr, dg));
      rb = add(rb, multiply(dr, db));
      gg = add(gg, multiply(dg, dg));
      gb = add(gb, multiply(dg, db));
      bb = add(bb, multiply(db, db));
      cell += k === 3 || k === 6 ? stride - 8 : 4;
    }
    r = multiply(r, ninth);
    g = multiply(g, ninth);
    b = multiply(b, ninth);
    rr = add(subtract(multiply(rr, ninth), multiply(r, r)), flat);
    rg = subtract(multiply(rg, ninth), multiply(r, g));
    rb = subtract(multiply(rb, ninth), multiply(r, b));
    gg = add(subtract(multiply(gg, ninth), multiply(g, g)), flat);
    gb = subtract(multiply(gb, ninth), multiply(g, b));
    bb = add(subtract(multiply(bb, ninth), multiply(b, b)), flat);
    const down = f32x4.div(rg, rr);
    const far = f32x4.div(rb, rr);
    const second = f32x4.max(subtract(gg, multiply(down, rg)), flat);
    const mixed = subtract(gb, multiply(far, rg));
    const last = f32x4.div(mixed, second);
    const third = f32x4.max(subtract(bb, add(multiply(far, rb), multiply(last, mixed))), flat);
    const factors = at + FACTORS * plane;
    const isMiddle = v128.load(at + IS_MIDDLE * plane);
    v128.store(factors, down);
    v128.store(factors + plane, far);
    v128.store(factors + 2 * plane, last);
    v128.store(factors + 3 * plane, f32x4.div(isMiddle, rr));
    v128.store(factors + 4 * plane, f32x4.div(isMiddle, second));
    v128.store(factors + 5 * plane, f32x4.div(isMiddle, third));
  }
}

/** The affine function of colour of each window that is nearest to plane `values` in it. */
export function fitWindows(groups: usize, count: i32, base: usize, plane: usize, stride: usize, values: i32): void {
  const ninth = f32x4.splat(NINTH);
  const from = <usize>values * plane;
  for (let group = 0; group < count; group++) {
    const at = base + <usize>load<i32>(groups + ((<usize>group) << 2));
    const r0 = v128.load(at + RED * plane);
    const g0 = v128.load(at + GREEN * plane);
    const b0 = v128.load(at + BLUE * plane);
    let r = f32x4.splat(0);
    let g = r;
    let b = r;
    let x = r;
    let xr = r;
    let xg = r;
    let xb = r;
    let cell = at - stride - 4;
    for (let k = 1; k <= 9; k++) {
      const dr = subtract(v128.load(cell + RED * plane), r0);
      const dg = subtract(v128.load(cell + GREEN * plane), g0);
      const db = subtract(v128.load(cell + BLUE * plane), b0);
      const value = v128.load(cell + from);
      r = add(r, dr);
      g = add(g, dg);
      b = add(b, db);
      x = add(x, value);
      xr = add(xr, multiply(value, dr));
      xg = add(xg, multiply(value, dg));
      xb = add(xb, multiply(value, db));
      cell += k === 3 || k === 6 ? stride - 8 : 4;
    }
    r = multiply(r, ninth);
    g = multiply(g, ninth);
    b = multiply(b, ninth);
    x = multiply(x, ninth);
    xr = subtract(multiply(xr, ninth), multiply(x, r));
    xg = subtract(multiply(xg, ninth), multiply(x, g));
    xb = subtract(multiply(xb, ninth), multiply(x, b));
    const factors = at + FACTORS * plane;
    const down = v128.load(factors);
    const far = v128.load(factors + plane);
    const last = v128.load(factors + 2 * plane);
    xg = subtract(xg, multiply(down, xr));
    xb = subtract(xb, add(multiply(far, xr), multiply(last, xg)));
    const blue = multiply(xb, v128.load(factors + 5 * plane));
    const green = subtract(multiply(xg, v128.load(factors + 4 * plane)), multiply(last, blue));
    const red = subtract(multiply(xr, v128.load(factors + 3 * plane)), add(multiply(down, green), multiply(far, blue)));
    const inColours = add(add(multiply(red, add(r0, r)), multiply(green, add(g0, g))), multiply(blue, add(b0, b)));
    const line = at + LINE * plane;
    v128.store(line, red);
    v128.store(line + plane, green);
    v128.store(line + 2 * plane, blue);
    v128.store(line + 3 * plane, multiply(subtract(x, inColours), v128.load(at + IS_MIDDLE * plane)));
  }
}

function sumAcross(at: usize): v128 {
  return add(add(v128.load(at - 4), v128.load(at)), v128.load(at + 4));
}

/** Of a plane, over the windows that each of four cells is part of. */
function sumAround(at: usize, stride: usize): v128 {
  return add(add(sumAcross(at - stride), sumAcross(at)), sumAcross(at + stride));
}

/**
 * After `fitWindows` of the same values: how far they are from what the windows say, which is the matting Laplacian times
 * the values, and `prior` times them, into PRODUCT. Returns the product with the values.
 */
export function applyLaplacian(
  groups: usize,
  count: i32,
  base: usize,
  plane: usize,
  stride: usize,
  values: i32,
  prior: f32,
): f32 {
  const own = f32x4.splat(prior);
  let dot = f32x4.splat(0);
  for (let group = 0; group < count; group++) {
    const at = base + <usize>load<i32>(groups + ((<usize>group) << 2));
    const line = at + LINE * plane;
    const red = multiply(sumAround(line, stride), v128.load(at + RED * plane));
    const green = multiply(sumAround(line + plane, stride), v128.load(at + GREEN * plane));
    const blue = multiply(sumAround(line + 2 * plane, stride), v128.load(at + BLUE * plane));
    const said = add(add(red, green), add(blue, sumAround(line + 3 * plane, stride)));
    const value = v128.load(at + <usize>values * plane);
    const share = add(v128.load(at + SHARES * plane), own);
    const product = v128.and(subtract(multiply(share, value), said), v128.load(at + MASK * plane));
    v128.store(at + PRODUCT * plane, product);
    dot = add(dot, multiply(product, value));
  }
  return total(dot);
}

/** A step along the direction. Returns the square of the residual's length after it. */
export function stepAlong(groups: usize, count: i32, base: usize, plane: usize, length: f32): f32 {
  const step = f32x4.splat(length);
  let square = f32x4.splat(0);
  for (let group = 0; group < count; group++) {
    const at = base + <usize>load<i32>(groups + ((<usize>group) << 2));
    const alpha = at + ALPHA * plane;
    v128.store(alpha, add(v128.load(alpha), multiply(step, v128.load(at + DIRECTION * plane))));
    const residual = at + RESIDUAL * plane;
    const left = subtract(v128.load(residual), multiply(step, v128.load(at + PRODUCT * plane)));
    v128.store(residual, left);
    square = add(square, multiply(left, left));
  }
  return total(square);
}

/** The next direction: the residual, and `share` of the last one. */
export function turnDirection(groups: usize, count: i32, base: usize, plane: usize, share: f32): void {
  const kept = f32x4.splat(share);
  for (let group = 0; group < count; group++) {
    const at = base + <usize>load<i32>(groups + ((<usize>group) << 2));
    const direction = at + DIRECTION * plane;
    v128.store(direction, add(v128.load(at + RESIDUAL * plane), multiply(kept, v128.load(direction))));
  }
}

/** The functions of each cell, means over its windows, where the inverse was. */
export function averageLines(groups: usize, count: i32, base: usize, plane: usize, stride: usize): void {
  for (let group = 0; group < count; group++) {
    const at = base + <usize>load<i32>(groups + ((<usize>group) << 2));
    const share = f32x4.div(f32x4.splat(1), v128.load(at + SHARES * plane));
    for (let k: usize = 0; k < 4; k++) {
      v128.store(at + (FACTORS + k) * plane, multiply(sumAround(at + (LINE + k) * plane, stride), share));
    }
  }
}
