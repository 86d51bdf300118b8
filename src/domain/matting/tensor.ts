/** Bytes of a picture as the network's input; every value is (p / 255 − mean) / std of its channel, planes in RGB order. */

export type Normalisation = {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
};

/** Interleaved RGB bytes as three float planes, one after another (CHW). */
export function toInputTensor(rgb: Uint8Array, normalisation: Normalisation): Float32Array<ArrayBuffer> {
  const planeLength = rgb.length / 3;
  const tensor = new Float32Array(rgb.length);
  for (const channel of [0, 1, 2] as const) {
    // 256 divisions instead of a million.
    const table = new Float32Array(256);
    for (let p = 0; p < 256; p++) table[p] = (p / 255 - normalisation.mean[channel]) / normalisation.std[channel];
    const start = channel * planeLength;
    for (let i = 0, at = channel; i < planeLength; i++, at += 3) tensor[start + i] = table[rgb[at] as number] as number;
  }
  return tensor;
}
