/** The headers of a message, as Standard Webhooks 1.0.0 has them. */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

export const composeWebhookSecret = (random: Uint8Array): string => PREFIX + Buffer.from(random).toString('base64');

/** One signature by each of the secrets, so that a receiver that knows any of them can verify it. */
export function signWebhook(input: {
  readonly id: string;
  readonly sentAt: Date;
  readonly body: string;
  readonly secrets: readonly string[];
}): Record<string, string> {
  const { id, sentAt, body, secrets } = input;
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
