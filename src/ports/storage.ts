import type { Readable } from 'node:stream';

export type StoredObject = { readonly size: number; readonly modifiedAt: Date };

/** Inclusive byte positions, already checked against the size. */
export type ByteRange = { readonly start: number; readonly end: number };

/** The store cannot be used at present, or not as it is set up: the same call may work later. Says why in a sentence. */
export class StorageOutage extends Error {
  override readonly name = 'StorageOutage';
}

export type LinkOptions = {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly expiresInSeconds: number;
};

/**
 * Named objects that survive a crash once `put` has resolved.
 * Where the store is away or refuses, calls reject with StorageOutage.
 * Keys: `[A-Za-z0-9._-]+` segments joined by `/`; anything else throws, so that no key can climb out of its root.
 */
export interface Storage {
  /** Moves the local file into the store: whole and durable, or absent. The source is gone afterwards. */
  put(key: string, sourcePath: string): Promise<void>;
  stat(key: string): Promise<StoredObject | undefined>;
  /** Undefined where there is no such object. */
  read(key: string, range?: ByteRange): Promise<Readable | undefined>;
  /** A local file with the object's bytes, to be read only; `release` when done. Undefined where there is no such object. */
  checkout(key: string): Promise<{ readonly path: string; release(): Promise<void> } | undefined>;
  /** Absent keys are no error. */
  delete(key: string): Promise<void>;
  /** Every key under the prefix, in no order. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly modifiedAt: Date }>;
  /** An address at which whoever has it gets the object from the store itself. Undefined where callers do not reach it. */
  link(key: string, options: LinkOptions): Promise<string | undefined>;
  /** Rejects with a sentence when the store cannot be written. */
  check(): Promise<void>;
  /** A fresh path on the local disk, for a file that will be `put`. */
  temporaryPath(): Promise<string>;
}
