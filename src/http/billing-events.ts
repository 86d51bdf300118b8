/** POST /webhooks/stripe: whoever collects the money tells what happened. Believed by its signature alone. */
import type { ServiceContext } from '../services/context.ts';
import { takeBillingEvent } from '../services/follow-subscriptions.ts';
import { readBytes } from './dashboard/read-body.ts';
import type { Handler, Route } from './routes.ts';

/** Events are some kB; those with a long invoice are tens of kB. */
const EVENT_BYTES = 1_048_576;

/** Not there where nobody collects money. */
export function listWebhooks(ctx: ServiceContext): Route[] {
  if (!ctx.billing.takesPayments) return [];
  const take: Handler = async (request, reply) => {
    // What is signed are the bytes, not what they mean.
    const body = await readBytes(request, EVENT_BYTES);
    await takeBillingEvent({ ctx, body, signature: String(request.headers['stripe-signature'] ?? '') });
    return reply.send({ received: true });
  };
  return [{ method: 'POST', path: '/webhooks/stripe', access: 'public', handler: take }];
}
