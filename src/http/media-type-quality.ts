/** How much a caller wants a media type: the weight that its Accept header gives it, from 0 to 1 (RFC 9110, 12.5.1). */

/** The most specific range that covers `type` decides; without a header everything is as welcome as anything. */
export function mediaTypeQuality(accept: string | undefined, type: string): number {
  const [group = ''] = type.split('/');
  const ranges = (accept || '*/*').split(',').map(parseRange);
  for (const name of [type, `${group}/*`, '*/*']) {
    const range = ranges.find((candidate) => candidate.name === name);
    if (range) return range.quality;
  }
  return 0;
}

function parseRange(text: string): { readonly name: string; readonly quality: number } {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { name, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}
