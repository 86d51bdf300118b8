/** How the cores of a machine are shared out among the child processes that work, and how many of them it can hold. */

export type ThreadShare = {
  /** Orders that run or wait, the one in question among them. */
  readonly orders: number;
  readonly children: number;
  /** Of all children together. */
  readonly threads: number;
};

/**
 * One of three widths, since a session is made for its width and costs a child tenths of a second and 0.4 GB: alone,
 * every thread; while they are few, the root of that; else each child's part, which is one where there are as many
 * children as cores.
 */
export function shareThreads({ orders, children, threads }: ThreadShare): number {
  if (Math.min(orders, children) <= 1) return threads;
  const part = Math.max(1, Math.floor(threads / children));
  const root = Math.floor(Math.sqrt(threads));
  return orders * root <= threads ? Math.max(part, root) : part;
}

/** The rest is for the server, the database and the file cache. */
const SHARE_OF_MEMORY = 0.75;

/** Node with its libraries, the tensors between the layers of the widest networks at hand, and a usual picture. */
const BYTES_BESIDE_MODEL = 600_000_000;

/** Of the file in single precision: the weights, their packed copy, and a second session. */
const COPIES_OF_MODEL = 3;

/** 1.1 GB with the default model. */
export const bytesOfChild = (modelBytes: number): number => BYTES_BESIDE_MODEL + COPIES_OF_MODEL * modelBytes;

/** What allocators keep beside it comes on top. */
const SHARE_KEPT = 1.25;

/** MiB that a child may keep between two pictures: what its sessions need, and 2048 at least. */
export const idleMemoryOf = (modelBytes: number): number =>
  Math.max(2048, Math.ceil((bytesOfChild(modelBytes) * SHARE_KEPT) / 2 ** 20));

/** One for each core, as far as the memory goes. */
export function countChildren(machine: {
  readonly threads: number;
  readonly memoryBytes: number;
  readonly modelBytes: number;
}): number {
  const fitting = Math.floor((machine.memoryBytes * SHARE_OF_MEMORY) / bytesOfChild(machine.modelBytes));
  return Math.max(1, Math.min(machine.threads, fitting));
}
