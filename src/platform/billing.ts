/** Constructs what collects the money, where anything does. */
import { type Config, stripeSecrets } from '../config.ts';
import type { PlanTable } from '../domain/plan.ts';
import type { Billing } from '../ports/billing.ts';

export async function openBilling(config: Config, plans: PlanTable): Promise<Billing> {
  const secrets = stripeSecrets(config);
  if (!secrets) {
    const { createNoBilling } = await import('../adapters/no-billing.ts');
    return createNoBilling();
  }
  const { createStripeBilling } = await import('../adapters/stripe-billing.ts');
  return createStripeBilling({
    ...secrets,
    apiUrl: config.STRIPE_API_URL,
    graceDays: config.BILLING_GRACE_DAYS,
    planOfPrice: (priceId) => [...plans].find(([, { stripePrice }]) => stripePrice === priceId)?.[0],
  });
}
