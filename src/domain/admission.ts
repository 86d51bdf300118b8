/** How many megapixels may be in the children at once: what a picture takes grows with it, and they work at the same time. */

/** A picture that is larger than all that may be in flight has its turn alone. */
export function isAdmitted(picture: { readonly megapixels: number }, inFlight: number, most: number): boolean {
  return inFlight === 0 || inFlight + picture.megapixels <= most;
}

/** The rest is for the server and the database. The file cache gives way. */
const SHARE_OF_MEMORY = 0.9;

/** Measured: a child that takes 0.6 GB for a small picture takes 1.8 GB for one of 50 megapixels. */
const BYTES_PER_MEGAPIXEL = 24_000_000;

/** So that usual photos are not held up where children were asked for beyond the memory. */
const LEAST_PER_CHILD = 2;

/** As many as fit beside the children themselves. */
export function countMegapixels(machine: {
  readonly memoryBytes: number;
  readonly children: number;
  readonly childBytes: number;
}): number {
  const left = machine.memoryBytes * SHARE_OF_MEMORY - machine.children * machine.childBytes;
  return Math.max(LEAST_PER_CHILD * machine.children, Math.floor(left / BYTES_PER_MEGAPIXEL));
}
