/** What was opened is closed: at the end, or where the opening of a later part fails. */
import type { Log } from '../services/context.ts';

/** Parts are closed in the reverse of their opening, each even where another fails. */
export type Closing = { add(close: () => Promise<unknown>): void; close(): Promise<void> };

function createClosing(log: Log): Closing {
  const parts: (() => Promise<unknown>)[] = [];
  return {
    add: (close) => void parts.push(close),
    async close() {
      for (const close of parts.splice(0).reverse()) {
        await close().catch((error: unknown) => log.warn({ err: error }, 'a part did not close cleanly'));
      }
    },
  };
}

export type Opened<C> = { readonly ctx: C; close(): Promise<void> };

/** Runs `open`; where it fails, what was opened on the way is closed again. */
export async function opening<C>(log: Log, open: (closing: Closing) => Promise<C>): Promise<Opened<C>> {
  const closing = createClosing(log);
  try {
    return { ctx: await open(closing), close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}
