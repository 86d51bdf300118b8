/** Messages to the callers' own servers, after Standard Webhooks 1.0.0: what they are, and when they are tried again. */

export const WEBHOOK_EVENTS = ['job.completed', 'job.failed', 'webhook.test'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** `pending`: it is being sent, or will be. The other two are ends. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why an attempt had no answer, as the sentence that the account is shown. What a name leads to is not told. */
export const ATTEMPT_ERRORS = {
  refused: 'This server does not send to the URL any more.',
  unreachable: 'The host could not be reached.',
  certificate: 'The certificate of the host is not valid.',
  timeout: 'The host did not answer in time.',
  interrupted: 'This server was stopped before the answer came.',
  unsigned: 'No signing secret could be read. Make a new one.',
  deleted: 'The job was deleted.',
} as const;
export type AttemptError = keyof typeof ATTEMPT_ERRORS;

export type AttemptOutcome =
  | { readonly kind: 'answered'; readonly httpStatus: number }
  | { readonly kind: 'failed'; readonly error: AttemptError };

/** Seconds from the end of one attempt to the next; as many retries as numbers. */
export type RetrySchedule = readonly number[];

/** Nothing that another attempt could change; 410 is how a receiver says that it wants no more (Standard Webhooks). */
const FINAL_ERRORS: readonly AttemptError[] = ['refused', 'deleted'];
const GONE = 410;

export type AfterAttempt =
  | { readonly kind: 'delivered' | 'failed' }
  | { readonly kind: 'retry'; readonly seconds: number };

/** `tries`: in this round, the one that has ended included. `random`: 0..1, of which the pause is 10 % longer or shorter. */
export function decideAfterAttempt(
  outcome: AttemptOutcome,
  { schedule, tries, random }: { readonly schedule: RetrySchedule; readonly tries: number; readonly random: number },
): AfterAttempt {
  if (outcome.kind === 'answered' && outcome.httpStatus >= 200 && outcome.httpStatus < 300)
    return { kind: 'delivered' };
  const isFinal = outcome.kind === 'answered' ? outcome.httpStatus === GONE : FINAL_ERRORS.includes(outcome.error);
  const pause = schedule[tries - 1];
  if (isFinal || pause === undefined) return { kind: 'failed' };
  return { kind: 'retry', seconds: pause * (0.9 + 0.2 * random) };
}

/** At most 32 retries, each within a day; undefined for anything else. */
export function parseRetrySchedule(text: string): RetrySchedule | undefined {
  if (text.trim() === 'none') return [];
  const pauses = text.split(',').map((part) => part.trim());
  const isFitting = pauses.length <= 32 && pauses.every((part) => /^\d{1,5}$/.test(part) && Number(part) <= 86_400);
  return isFitting ? pauses.map(Number) : undefined;
}

/** What goes over the wire. `timestamp`: when it happened, which is not when it is sent. */
export function composeMessage(event: WebhookEvent, happenedAt: Date, data: unknown): string {
  return JSON.stringify({ type: event, timestamp: happenedAt.toISOString(), data });
}

/** Secrets that sign at one time: the newest, and those that a rotation lets go on for a while. */
export const MAX_SECRETS = 5;
