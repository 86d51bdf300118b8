/** `isMember` holds 0 and 1. All within `reach` columns and rows of a member becomes 1. */
export function dilateMask(
  isMember: Uint8Array,
  width: number,
  height: number,
  reach: number,
): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(isMember.length);
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i++) {
      if (isMember[i]) rows.fill(1, Math.max(y * width, i - reach), Math.min(end, i + reach + 1));
    }
  }
  // Row by row: columns would miss the cache at every step.
  const result = new Uint8Array(isMember.length);
  const lastSeen = new Int32Array(width).fill(-2 * reach - 2);
  for (let y = -reach; y < height; y++) {
    const ahead = (y + reach) * width;
    for (let x = 0; x < width; x++) {
      if (y + reach < height && rows[ahead + x]) lastSeen[x] = y + reach;
      if (y >= 0 && (lastSeen[x] as number) >= y - reach) result[y * width + x] = 1;
    }
  }
  return result;
}
