/** Colour and alpha put together: what alpha hides is cleared, or colours are flattened for formats without alpha. */

/** In place: where alpha is 0 the colour is made 0. It halves the PNG, and nothing of the background leaks. */
export function clearHidden(rgb: Uint8Array, alpha: Uint8Array): void {
  for (let i = 0, at = 0; i < alpha.length; i++, at += 3) {
    if (alpha[i] !== 0) continue;
    rgb[at] = 0;
    rgb[at + 1] = 0;
    rgb[at + 2] = 0;
  }
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
