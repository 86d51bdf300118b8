/**
 * Whose colours a doubtful area wears: those of the sure subject or those of the sure background of the same picture.
 *
 * Histograms as in Boykov and Jolly, "Interactive graph cuts", ICCV 2001, blurred by one bin so that a photo's few
 * thousand cells fill 4096 bins.
 */

const BINS = 16;
const SURE_FOREGROUND = 0.95;
const SURE_BACKGROUND = 0.05;

/** Natural logarithms of likelihood ratios: one colour alone may not decide. */
const LARGEST_RATIO = 2;

/** Share of a histogram that an unseen colour is credited with. */
const UNSEEN = 1e-4;

/** With fewer sure cells on either side nothing is said. */
const FEWEST_CELLS = 50;

const placeOf = (value: number): number => Math.min(BINS - 1, Math.floor(value * BINS));

const binOf = (colours: Float32Array, i: number): number =>
  (placeOf(colours[i * 3] as number) * BINS + placeOf(colours[i * 3 + 1] as number)) * BINS +
  placeOf(colours[i * 3 + 2] as number);

/** ¼ ½ ¼ along each axis, the ends repeated. */
function blurHistogram(histogram: Float32Array): void {
  for (const stride of [1, BINS, BINS * BINS]) {
    const copy = histogram.slice();
    for (let i = 0; i < copy.length; i++) {
      const place = Math.floor(i / stride) % BINS;
      const before = copy[place > 0 ? i - stride : i] as number;
      const after = copy[place < BINS - 1 ? i + stride : i] as number;
      histogram[i] = (copy[i] as number) / 2 + (before + after) / 4;
    }
  }
}

/** `colours`: 3 floats of 0..1 a cell. Per cell: positive where its colour is rather the subject's, −2..2; undefined where the picture cannot tell. */
export function weighColours(colours: Float32Array, alpha: Float32Array): Float32Array | undefined {
  const foreground = new Float32Array(BINS ** 3);
  const background = new Float32Array(BINS ** 3);
  let inside = 0;
  let outside = 0;
  for (let i = 0; i < alpha.length; i++) {
    const a = alpha[i] as number;
    if (a >= SURE_BACKGROUND && a <= SURE_FOREGROUND) continue;
    const side = a > SURE_FOREGROUND ? foreground : background;
    const bin = binOf(colours, i);
    side[bin] = (side[bin] as number) + 1;
    if (side === foreground) inside++;
    else outside++;
  }
  if (inside < FEWEST_CELLS || outside < FEWEST_CELLS) return undefined;
  blurHistogram(foreground);
  blurHistogram(background);
  const ratios = foreground.map((count, bin) => {
    const ratio = Math.log((count / inside + UNSEEN) / ((background[bin] as number) / outside + UNSEEN));
    return Math.min(LARGEST_RATIO, Math.max(-LARGEST_RATIO, ratio));
  });
  const evidence = new Float32Array(alpha.length);
  for (let i = 0; i < alpha.length; i++) evidence[i] = ratios[binOf(colours, i)] as number;
  return evidence;
}
