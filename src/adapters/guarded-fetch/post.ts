/** Tells a stranger's server of an event: the same walls as for a picture that is fetched, and no redirect is followed. */
import type http from 'node:http';
import type { AttemptOutcome } from '../../domain/webhook.ts';
import { LONGEST_WEBHOOK_URL, refuseWebhookUrl } from '../../domain/webhook-url.ts';
import type { WebhookPost, WebhookPoster } from '../../ports/webhook-poster.ts';
import { type HostGuard, judgeHost, openRequest, withinTime } from './connect.ts';

export type GuardedPostOptions = HostGuard & { readonly timeoutMs?: number };

/** From the name to the end of the answer. */
const TIMEOUT_MS = 15_000;
/** What more it says is not listened to. */
const ANSWER_BYTES = 4096;

export function createGuardedPost(options: GuardedPostOptions): WebhookPoster {
  const refuse = (text: string): string | undefined => refuseWebhookUrl(options.hosts, parseUrl(text));
  return {
    refuse,
    async post(order) {
      const url = parseUrl(order.url);
      if (!url || refuse(order.url) !== undefined) return { kind: 'failed', error: 'refused' };
      return await withinTime(options.timeoutMs ?? TIMEOUT_MS, order.signal, async (signal, isLate) => {
        try {
          return await send(options, url, { ...order, signal });
        } catch (error) {
          if (order.signal.aborted) return { kind: 'failed', error: 'interrupted' };
          return { kind: 'failed', error: isLate() ? 'timeout' : nameFailure(error) };
        }
      });
    },
  };
}

const parseUrl = (text: string): URL | undefined =>
  text.length <= LONGEST_WEBHOOK_URL && URL.canParse(text) ? new URL(text) : undefined;

async function send(guard: HostGuard, url: URL, { headers, body, signal }: WebhookPost): Promise<AttemptOutcome> {
  const addresses = await judgeHost(guard, url, signal);
  // Where a name leads is not told apart from a host that does not answer.
  if (typeof addresses === 'string') return { kind: 'failed', error: 'unreachable' };
  const all = { ...headers, 'Content-Length': String(Buffer.byteLength(body)) };
  const response = await openRequest(url, addresses, { method: 'POST', headers: all, body, signal });
  await hearOut(response);
  return { kind: 'answered', httpStatus: response.statusCode ?? 0 };
}

/** So that a receiver that says little can say it all; the status holds whatever becomes of the rest. */
async function hearOut(response: http.IncomingMessage): Promise<void> {
  let size = 0;
  try {
    for await (const piece of response) {
      size += (piece as Buffer).length;
      if (size > ANSWER_BYTES) break;
    }
  } catch {
    // It broke off after its head, which has said what there is to know.
  } finally {
    response.destroy();
  }
}

function nameFailure(error: unknown): 'certificate' | 'unreachable' {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  return /^(ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/.test(code) ? 'certificate' : 'unreachable';
}
