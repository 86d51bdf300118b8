/** Bytes of a picture as the network's input; every value is (p / 255 − mean) / std of its channel, planes in RGB order. */
import { layOut } from './kernels.ts';

export type Normalisation = {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
};

/** The kernel takes so many pixels at a time, and writes the last of them beyond the end of its plane. */
const GROUP = 16;

/**
 * Interleaved RGB bytes as three float planes, one after another (CHW). Where the planes are whole groups it lies in the
 * kernels' memory, until that is laid out anew: a copy of 12 MB for each picture hastens the collection of garbage.
 */
export function toInputTensor(rgb: Uint8Array, { mean, std }: Normalisation): Float32Array<ArrayBuffer> {
  const count = rgb.length / 3;
  const stride = Math.ceil(count / GROUP) * GROUP;
  const memory = layOut(rgb.length + GROUP * 3, stride * 3 * 4);
  const [source = 0, target = 0] = memory.addresses;
  memory.bytes(0).set(rgb);
  const lines = [0, 1, 2].flatMap((channel) => {
    const deviation = std[channel] as number;
    return [1 / 255 / deviation, -(mean[channel] as number) / deviation];
  });
  memory.run.splitRgb(source, count, target, stride * 4, ...lines);
  const planes = memory.floats(1);
  if (stride === count) return planes;
  const tensor = new Float32Array(rgb.length);
  for (let c = 0; c < 3; c++) tensor.set(planes.subarray(c * stride, c * stride + count), c * count);
  return tensor;
}
