/** The form of keys, the same for every storage. */
const SEGMENT = /^(?!\.)[A-Za-z0-9._-]{1,200}$/;

export const isSegment = (text: string): boolean => SEGMENT.test(text);

/** Throws RangeError where a key could climb out of its root. */
export function segmentsOf(key: string): string[] {
  const segments = key.split('/');
  if (!segments.every(isSegment)) throw new RangeError('a storage key has a bad form');
  return segments;
}
