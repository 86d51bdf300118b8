/** One byte range of RFC 9110. Several ranges, and what cannot be read, are answered with the whole. */

export function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec((header ?? '').trim());
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [first, last] = [match[1], match[2]].map((text) => (text ? Number(text) : undefined));
  if (first === undefined) {
    const length = Math.min(last ?? 0, size);
    return length > 0 ? { start: size - length, end: size - 1 } : 'unsatisfiable';
  }
  if (last !== undefined && last < first) return undefined;
  return first < size ? { start: first, end: Math.min(last ?? size - 1, size - 1) } : 'unsatisfiable';
}
