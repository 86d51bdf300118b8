/**
 * The loops of `kernels` in WebAssembly with SIMD, four to sixteen values at a time, and the memory that they
 * work in. It holds what one call put there, and grows to what the largest needed: about 22 MB for the edges of a picture.
 */
import { KERNELS_WASM } from './kernels-wasm.ts';

/** Addresses are bytes; what each does is said in `kernels`. */
type Kernels = {
  mixByteRows(a: number, b: number, c: number, d: number, weights: number, out: number, length: number): void;
  widenRgbRow(row: number, starts: number, weights: number, out: number, width: number): void;
  splitRgb(rgb: number, count: number, out: number, plane: number, ...scalesAndOffsets: number[]): void;
  mixFloatRows(rows: number, weights: number, count: number, out: number, length: number): void;
  resampleLine(line: number, starts: number, weights: number, count: number, out: number, length: number): void;
  quantise(floats: number, out: number, length: number): void;
  sumDoubts(floats: number, length: number, out: number): void;
  filterRow(rgb: number, alpha: number, above: number, out: number, width: number): void;
  /** An i32 of the 32 bits. */
  sumAdler(bytes: number, length: number, seed: number): number;
  sweepColours(
    pixels: number,
    above: number,
    below: number,
    colours: number,
    starts: number,
    runs: number,
    flat: number,
    edge: number,
  ): void;
  inheritColours(slots: number, parents: number, colours: number, count: number): void;
  inspectWindows(groups: number, count: number, base: number, plane: number, stride: number, epsilon: number): void;
  fitWindows(groups: number, count: number, base: number, plane: number, stride: number, values: number): void;
  applyLaplacian(
    groups: number,
    count: number,
    base: number,
    plane: number,
    stride: number,
    values: number,
    prior: number,
  ): number;
  stepAlong(groups: number, count: number, base: number, plane: number, length: number): number;
  turnDirection(groups: number, count: number, base: number, plane: number, share: number): void;
  averageLines(groups: number, count: number, base: number, plane: number, stride: number): void;
};

type Memory = { readonly buffer: ArrayBuffer; grow(pages: number): number };
type Exports = Kernels & { readonly memory: Memory; readonly heapBase: { readonly value: number } };

/** The part of the language that its own library leaves to the host's. */
type Engine = {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

let compiled: object | undefined;

function instantiate(): Exports {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Engine };
  compiled ??= new WebAssembly.Module(KERNELS_WASM);
  return new WebAssembly.Instance(compiled).exports as Exports;
}

let loaded: Exports | undefined;
let uses = 0;

const PAGE_BYTES = 65_536;
/** A kernel may touch 16 bytes beyond the end of a buffer, and is fastest on addresses of 16. */
const ALIGNMENT = 16;

/** More is given back after use: a memory never shrinks. Of edges 22 MB are used. */
const MOST_KEPT_BYTES = 64 << 20;

/** For whoever may have laid out much. What was laid out is gone. */
export function releaseMemory(): void {
  if (loaded && loaded.memory.buffer.byteLength > MOST_KEPT_BYTES) loaded = undefined;
  uses++;
}

/** Where the buffers of one use lie, until the next one. */
export type Layout = {
  /** Throws where the memory has been laid out anew since: what is there is another's. */
  readonly run: Kernels;
  readonly addresses: readonly number[];
  bytes(index: number): Uint8Array<ArrayBuffer>;
  floats(index: number): Float32Array<ArrayBuffer>;
  integers(index: number): Int32Array<ArrayBuffer>;
  words(index: number): Int16Array<ArrayBuffer>;
};

/** Buffers of so many bytes, in order; what lay in the memory before is no longer anybody's. */
export function layOut(...sizes: readonly number[]): Layout {
  loaded ??= instantiate();
  const { memory, heapBase } = loaded;
  let end = Math.ceil(heapBase.value / ALIGNMENT) * ALIGNMENT;
  const addresses = sizes.map((size) => {
    const address = end;
    end += Math.ceil(size / ALIGNMENT) * ALIGNMENT + ALIGNMENT;
    return address;
  });
  const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
  if (missing > 0) memory.grow(missing);
  const { buffer } = memory;
  const place = (index: number, width: number): [ArrayBuffer, number, number] => [
    buffer,
    addresses[index] as number,
    Math.floor((sizes[index] as number) / width),
  ];
  const kernels = loaded;
  const use = ++uses;
  return {
    get run() {
      if (use !== uses) throw new Error('the memory of the kernels has been laid out anew');
      return kernels;
    },
    addresses,
    bytes: (index) => new Uint8Array(...place(index, 1)),
    floats: (index) => new Float32Array(...place(index, 4)),
    integers: (index) => new Int32Array(...place(index, 4)),
    words: (index) => new Int16Array(...place(index, 2)),
  };
}
