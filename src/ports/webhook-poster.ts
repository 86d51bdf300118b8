import type { AttemptOutcome } from '../domain/webhook.ts';

export type WebhookPost = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
};

/** Sends what strangers want to be told, to where a server may, and follows no redirect. It does not throw. */
export interface WebhookPoster {
  /** Undefined where the URL itself does not rule it out; else why it does, as a sentence for the caller. */
  refuse(url: string): string | undefined;
  post(order: WebhookPost): Promise<AttemptOutcome>;
}
