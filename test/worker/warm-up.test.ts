import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createSharpCodec } from '../../src/adapters/sharp-codec.ts';
import { canRefineEdges } from '../../src/domain/matting/refine-edges.ts';
import type { ImageCodec } from '../../src/ports/image-codec.ts';
import { warmUp } from '../../src/worker/warm-up.ts';

test('the picture that warms a child up goes through every step: its cutout has edges that were refined', async () => {
  const real = createSharpCodec({ threads: 1 });
  const encoded: Uint8Array[] = [];
  const codec: ImageCodec = {
    ...real,
    async encode(pixels, shape, format) {
      expect(canRefineEdges(shape)).toBe(true);
      encoded.push(await real.encode(pixels, shape, format));
      return encoded.at(-1) as Uint8Array;
    },
  };
  const session = {
    inputSize: 1024,
    prepare: (rgb: Uint8Array) => rgb,
    run: () => Promise.reject(new Error('the model is asked')),
    close: async () => {},
  };
  await warmUp({ codec, session, matteShift: 0, packZip: () => new Uint8Array() });

  const { data } = await sharp(encoded.at(-1)).extractChannel(3).raw().toBuffer({ resolveWithObject: true });
  const [clear, solid] = [data.filter((a) => a === 0).length, data.filter((a) => a === 255).length];
  expect(clear).toBeGreaterThan(1000);
  expect(solid).toBeGreaterThan(1000);
  expect(data.length - clear - solid).toBeGreaterThan(1000);
});
