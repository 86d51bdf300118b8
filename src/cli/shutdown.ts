/** How a long-running verb ends: asked by a signal, closed in the reverse of its opening, exit code 0. */
import type { Log } from '../services/context.ts';

export type Shutdown = {
  /** Aborted when the end is asked for. */
  readonly signal: AbortSignal;
  /** Resolves when the end is asked for, and rejects where the verb cannot go on. */
  readonly requested: Promise<void>;
  fail(reason: unknown): void;
  /** Aborted when requests that wait for a job must be answered. */
  readonly waitsEnd: AbortSignal;
  endWaits(): void;
  add(close: () => Promise<unknown>): void;
  /** Closes every part, each even where another fails. */
  close(): Promise<void>;
};

export function createShutdown(log: Log): Shutdown {
  const asked = new AbortController();
  const waits = new AbortController();
  const parts: (() => Promise<unknown>)[] = [];
  let fail: (reason: unknown) => void = () => {};
  const requested = new Promise<void>((resolve, reject) => {
    fail = reject;
    const ask = (signal: NodeJS.Signals): void => {
      // Whoever asks twice does not want to wait: children end with their parent, and PostgreSQL is adopted later.
      if (asked.signal.aborted) process.exit(1);
      log.info({ signal }, 'stopping');
      asked.abort();
      resolve();
    };
    process.on('SIGTERM', ask);
    process.on('SIGINT', ask);
  });
  // Of a failure while it starts, the start itself tells.
  requested.catch(() => {});
  return {
    signal: asked.signal,
    requested,
    fail: (reason) => fail(reason),
    waitsEnd: waits.signal,
    endWaits: () => waits.abort(),
    add: (close) => void parts.push(close),
    async close() {
      for (const close of parts.splice(0).reverse()) {
        await close().catch((error: unknown) => log.error({ err: error }, 'a part did not close cleanly'));
      }
    },
  };
}
