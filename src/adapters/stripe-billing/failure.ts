/** What the SDK throws, in the words of the port. */
import Stripe from 'stripe';
import { BillingFailure, type BillingFailureKind } from '../../ports/billing.ts';

const { StripeError, StripeAPIError, StripeConnectionError, StripeRateLimitError } = Stripe.errors;

export const isMissing = (error: unknown): boolean => error instanceof StripeError && error.code === 'resource_missing';

/** Another request holds the object at this moment, or is being answered under the same key. */
const BUSY = ['lock_timeout', 'idempotency_key_in_use'];

function kindOf(error: InstanceType<typeof StripeError>): BillingFailureKind {
  const isAway = [StripeAPIError, StripeConnectionError, StripeRateLimitError].some((kind) => error instanceof kind);
  if (isAway || BUSY.includes(error.code ?? '')) return 'away';
  return isMissing(error) && error.param === 'customer' ? 'unknown_customer' : 'refused';
}

export function failWith(error: unknown): never {
  if (!(error instanceof StripeError)) throw error;
  const request = error.requestId === undefined ? '' : ` (${error.requestId})`;
  throw new BillingFailure(kindOf(error), `${error.type}: ${error.message}${request}`);
}
