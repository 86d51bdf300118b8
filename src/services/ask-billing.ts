/** One way to whoever collects the money: what fails there is told in the log, and to the caller as an outage. */
import { RemuvrError } from '../domain/errors.ts';
import type { PlanName, PlanTable } from '../domain/plan.ts';
import { BillingFailure, type KnownSubscription, type SoldPlan } from '../ports/billing.ts';
import type { BillingContext } from './context.ts';

const RETRY_SECONDS = 30;

/** Throws `billing_unavailable`; an unknown customer is the answer of `otherwise`, where it is given. */
export async function askBilling<T>(
  ctx: BillingContext,
  question: string,
  ask: () => Promise<T>,
  otherwise?: () => T,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof BillingFailure)) throw error;
    if (error.kind === 'unknown_customer' && otherwise) return otherwise();
    const fields = { question, reason: error.message };
    // What is away comes back by itself; of what is refused the operator must hear.
    if (error.kind === 'away') ctx.log.warn(fields, 'the payment service is away');
    else ctx.log.error(fields, 'the payment service refused a request');
    throw new RemuvrError('billing_unavailable', undefined, { retryAfterSeconds: RETRY_SECONDS });
  }
}

export const listSubscriptions = (ctx: BillingContext, customerId: string): Promise<KnownSubscription[]> =>
  askBilling(
    ctx,
    'list subscriptions',
    () => ctx.billing.listSubscriptions(customerId),
    () => [],
  );

/** Undefined for a plan that is not sold at a price that everybody knows. */
export function soldPlan(plans: PlanTable, name: PlanName): SoldPlan | undefined {
  const { title, price = null, stripePrice = null } = plans.get(name) ?? {};
  const isSold = price !== null && (price.amount > 0 || stripePrice !== null);
  return title !== undefined && isSold ? { name, title, price, priceId: stripePrice } : undefined;
}
