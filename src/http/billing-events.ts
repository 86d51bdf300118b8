/** POST /webhooks/stripe: whoever collects the money tells what happened. Believed by its signature alone. */
import { RemuvrError } from '../domain/errors.ts';
import type { ServiceContext } from '../services/context.ts';
import { takeBillingEvent } from '../services/follow-subscriptions.ts';
import { largerThan, readBytes } from './read-body.ts';
import type { Handler, Route } from './routes.ts';

/** Events are some kB; those with a long invoice are tens of kB. */
const EVENT_BYTES = 262_144;

/** Not there where nobody collects money. */
export function listWebhooks(ctx: ServiceContext): Route[] {
  if (!ctx.billing.takesPayments) return [];
  const take: Handler = async (request, reply) => {
    const signature = request.headers['stripe-signature'];
    if (typeof signature !== 'string') throw new RemuvrError('invalid_parameter', 'The event is not signed.');
    // What is signed are the bytes, not what they mean.
    const body = await readBytes(request, EVENT_BYTES, () => largerThan(EVENT_BYTES));
    await takeBillingEvent({ ctx, body, signature });
    return reply.send({ received: true });
  };
  return [{ method: 'POST', path: '/webhooks/stripe', access: 'public', handler: take }];
}
