/** Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, in base64, one or several behind `v1,`. */
import { RemuvrError } from './errors.ts';

export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export type WebhookOptions = {
  /** How old, or how far ahead, a message may be: 300 without it. */
  readonly toleranceSeconds?: number | undefined;
  readonly now?: Date | undefined;
};

/**
 * Resolves with the message, read from its JSON. Throws `invalid_webhook` where no signature fits: answer 400 then.
 * `payload` is the body as it came, not read and written again. Several secrets are good while one is being replaced.
 */
export async function verifyWebhook<T = unknown>(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  { toleranceSeconds = 300, now = new Date() }: WebhookOptions = {},
): Promise<T> {
  const read = (name: string): string => readHeader(headers, name);
  const timestamp = read('webhook-timestamp');
  if (!/^\d{1,12}$/.test(timestamp)) throw refusal('Its timestamp is not a number of seconds.');
  const age = Math.abs(now.getTime() / 1000 - Number(timestamp));
  if (age > toleranceSeconds) throw refusal(`It is ${Math.round(age)} seconds from now.`);
  const body = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const signed = concat(new TextEncoder().encode(`${read('webhook-id')}.${timestamp}.`), body);
  const signatures = read('webhook-signature')
    .split(' ')
    .filter((text) => text.startsWith('v1,'))
    .flatMap((text) => decodeBase64(text.slice(3)) ?? []);
  for (const key of await Promise.all([secrets].flat().map(importSecret))) {
    for (const signature of signatures) {
      // Compares in constant time.
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return parseMessage<T>(body);
    }
  }
  throw refusal('None of its signatures is by this secret.');
}

const refusal = (reason: string): RemuvrError =>
  new RemuvrError('invalid_webhook', `The webhook is not to be believed. ${reason}`);

function readHeader(headers: WebhookHeaders, name: string): string {
  const found =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
  const value = typeof found === 'string' ? found : found?.[0];
  if (!value) throw refusal(`The header ${name} is missing.`);
  return value;
}

async function importSecret(secret: string) {
  const bytes = decodeBase64(secret.replace(/^whsec_/, ''));
  if (!bytes || bytes.length === 0) throw new RemuvrError('invalid_input', 'The secret is not one of a webhook.');
  return await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}

function parseMessage<T>(body: Uint8Array): T {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as T;
  } catch {
    throw refusal('It is signed, but not JSON.');
  }
}
