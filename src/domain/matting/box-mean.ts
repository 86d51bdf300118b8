/** Means over square windows, by running sums: the cost does not depend on the radius. */

function sumLine(
  source: Float32Array,
  target: Float32Array,
  from: number,
  length: number,
  step: number,
  radius: number,
) {
  let sum = 0;
  for (let k = 0; k < Math.min(radius, length); k++) sum += source[from + k * step] as number;
  for (let k = 0; k < length; k++) {
    if (k + radius < length) sum += source[from + (k + radius) * step] as number;
    if (k - radius - 1 >= 0) sum -= source[from + (k - radius - 1) * step] as number;
    const count = Math.min(length - 1, k + radius) - Math.max(0, k - radius) + 1;
    target[from + k * step] = sum / count;
  }
}

/** Windows of (2 radius + 1)² cells, cut off at the border. */
export function averageBoxes(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  const rows = new Float32Array(plane.length);
  const result = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) sumLine(plane, rows, y * width, width, 1, radius);
  for (let x = 0; x < width; x++) sumLine(rows, result, x, height, width, radius);
  return result;
}
