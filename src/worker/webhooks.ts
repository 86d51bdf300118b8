/**
 * Sends webhooks as they become due, several at once. Woken by NOTIFY; the poll is for retries, and for what a lost
 * connection swallowed.
 */
import type { ServiceContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';
import { onWebhookDue, takeDueWebhook, type WebhookOffice } from '../services/send-webhooks.ts';

const POLL_MS = 1_000;
/** Of one server, and 16 times what one account may have. They wait for the network, and hold no connection to the database meanwhile. */
const AT_ONCE = 64;
/** What is under way when the server stops gets so long; then it is broken off, and tried again as the schedule says. */
const GRACE_MS = 1_000;

/** Of a server; a worker elsewhere has not the secret that signs. Returns the function that stops it. */
export function startWebhooks(ctx: ServiceContext, describeJob: WebhookOffice['describeJob']): () => Promise<void> {
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  const breaking = new AbortController();
  const office = { ctx, describeJob, signal: breaking.signal };
  let isTaking = false;
  let hasRung = false;

  const logFailure = (error: unknown): void => {
    if (!isOutage(error)) ctx.log.error({ err: error }, 'a webhook could not be sent');
  };

  /** Fills the free places. One at a time; a ring in the meantime makes it look once more. */
  const take = async (): Promise<void> => {
    hasRung = true;
    if (isTaking) return;
    isTaking = true;
    try {
      while (hasRung && underWay.size < AT_ONCE && !stopping.signal.aborted) {
        hasRung = false;
        const attempt = await takeDueWebhook(office);
        if (!attempt) continue;
        hasRung = true;
        const done: Promise<void> = attempt()
          .catch(logFailure)
          .finally(() => {
            underWay.delete(done);
            void take();
          });
        underWay.add(done);
      }
    } catch (error) {
      logFailure(error);
    } finally {
      isTaking = false;
    }
  };

  const unsubscribe = onWebhookDue(ctx, () => void take());
  const poll = setInterval(() => void take(), POLL_MS);
  void take();

  return async () => {
    stopping.abort();
    unsubscribe();
    clearInterval(poll);
    const timer = setTimeout(() => breaking.abort(), GRACE_MS);
    await Promise.allSettled(underWay);
    clearTimeout(timer);
  };
}
