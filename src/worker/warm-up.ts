/**
 * Has the loops of the pipeline compiled before the first picture comes. V8 interprets a function until it has run for
 * a while: the first pictures of a child took 240, 170 and 130 ms to refine, and from the tenth on 90. After this,
 * which takes .2 to .3 s, they take 145 and 95.
 */
import { findForegroundBox } from '../domain/matting/foreground-box.ts';
import type { ImageRaster } from '../domain/matting/raster.ts';
import { DEFAULT_REMOVAL_OPTIONS, type PipelineRequest } from '../domain/removal-options.ts';
import type { InferenceSession } from '../ports/inference-session.ts';
import { encodeResult } from './encode-result.ts';
import { computeMatte, type PipelineParts, refineAlpha } from './pipeline.ts';

/** Long enough for edges to be refined; rounds of larger ones took longer, and gained no more. */
const PICTURE = { width: 720, height: 120 };
const MATTE_SIDE = 128;
const ROUNDS = 4;

const REQUEST: PipelineRequest = { ...DEFAULT_REMOVAL_OPTIONS, quality: 'auto', isWatermarked: false, maxPixels: 1e6 };

/** Grain over a slope: no two cells alike, and the same at every start. */
function drawPicture(): ImageRaster {
  const { width, height } = PICTURE;
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => ((i * 7919) % 61) + ((i / (width * 3)) % 190));
  return { rgb, width, height };
}

/** A disc with a wide soft rim and a doubted half: something for every step. */
function drawMatte(): Float32Array {
  return Float32Array.from({ length: MATTE_SIDE ** 2 }, (_, i) => {
    const [x, y] = [(i % MATTE_SIDE) / MATTE_SIDE - 0.5, Math.floor(i / MATTE_SIDE) / MATTE_SIDE - 0.5];
    const inside = Math.min(1, Math.max(0, (0.4 - Math.hypot(x, y)) / 0.1));
    return x > 0.1 ? inside * 0.6 : inside;
  });
}

/** Changes nothing but the time that the next pictures take. */
export async function warmUp(parts: PipelineParts): Promise<void> {
  const matte = drawMatte();
  const run = async () => matte.slice();
  const session: InferenceSession = { inputSize: MATTE_SIDE, prepare: (rgb) => rgb, run, close: async () => {} };
  for (let round = 0; round < ROUNDS; round++) {
    const picture = drawPicture();
    const sight = await computeMatte({ ...parts, session }, picture, REQUEST.quality);
    const photo = refineAlpha(sight, picture, parts.matteShift, REQUEST);
    findForegroundBox(photo.alpha, photo.width);
    await encodeResult(parts, photo, REQUEST);
  }
}
