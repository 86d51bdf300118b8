export type SourceOrder = {
  readonly url: string;
  /** A fresh path on the local disk. */
  readonly path: string;
  readonly maxBytes: number;
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
};

/**
 * `refused`: what the URL itself says rules it out. `failed`: nothing came, for whatever reason; whether a name is known
 * here, or leads to an address that is not public, is not told apart, or a stranger could map the operator's network.
 */
export type SourceOutcome = 'fetched' | 'refused' | 'failed' | 'too_large';

/** Fetches what strangers name, from where a server may. Where it did not, no file is left. */
export interface SourceFetcher {
  fetch(order: SourceOrder): Promise<SourceOutcome>;
}
