/** Bytes of a picture as the network's input; every value is (p / 255 − mean) / std of its channel, planes in RGB order. */

export type Normalisation = {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
};

/** 256 divisions instead of a million. */
function tabulate(mean: number, std: number): Float32Array {
  const table = new Float32Array(256);
  for (let p = 0; p < 256; p++) table[p] = (p / 255 - mean) / std;
  return table;
}

/** Interleaved RGB bytes as three float planes, one after another (CHW). */
export function toInputTensor(rgb: Uint8Array, { mean, std }: Normalisation): Float32Array<ArrayBuffer> {
  const planeLength = rgb.length / 3;
  const tensor = new Float32Array(rgb.length);
  const red = tabulate(mean[0], std[0]);
  const green = tabulate(mean[1], std[1]);
  const blue = tabulate(mean[2], std[2]);
  for (let i = 0, at = 0; i < planeLength; i++, at += 3) {
    tensor[i] = red[rgb[at] as number] as number;
    tensor[i + planeLength] = green[rgb[at + 1] as number] as number;
    tensor[i + 2 * planeLength] = blue[rgb[at + 2] as number] as number;
  }
  return tensor;
}
