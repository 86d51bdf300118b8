/** Colour and alpha put together: as RGBA, or flattened for formats without alpha. */

/** RGBA. Where alpha is 0 the colour is 0 too: it halves the PNG, and nothing of the background leaks. */
export function interleaveCutout(rgb: Uint8Array, alpha: Uint8Array): Uint8Array {
  const rgba = new Uint8Array(alpha.length * 4);
  for (let i = 0, from = 0, to = 0; i < alpha.length; i++, from += 3, to += 4) {
    const a = alpha[i] as number;
    if (a === 0) continue;
    rgba[to] = rgb[from] as number;
    rgba[to + 1] = rgb[from + 1] as number;
    rgba[to + 2] = rgb[from + 2] as number;
    rgba[to + 3] = a;
  }
  return rgba;
}

/** RGB over white, each channel rounded once. */
export function flattenOverWhite(rgb: Uint8Array, alpha: Uint8Array): Uint8Array {
  const flat = new Uint8Array(rgb.length).fill(255);
  for (let i = 0, at = 0; i < alpha.length; i++, at += 3) {
    const a = alpha[i] as number;
    if (a === 0) continue;
    // Half of 255 is added for the rounding.
    const rest = 255 * (255 - a) + 127.5;
    flat[at] = ((rgb[at] as number) * a + rest) / 255;
    flat[at + 1] = ((rgb[at + 1] as number) * a + rest) / 255;
    flat[at + 2] = ((rgb[at + 2] as number) * a + rest) / 255;
  }
  return flat;
}
