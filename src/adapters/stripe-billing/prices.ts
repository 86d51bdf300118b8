/** The price of a plan at Stripe: the operator's own, or one that is found by its lookup key and made where it is absent. */
import Stripe from 'stripe';
import type { Price } from '../../domain/plan.ts';
import { BillingFailure, type SoldPlan } from '../../ports/billing.ts';

/** On every price that is sold: what a subscription is for stays known when the table of plans has other prices. */
export const PLAN_MARK = 'remuvr_plan';

/** https://docs.stripe.com/currencies#zero-decimal and #three-decimal; the others have two. */
const WITHOUT_DECIMALS = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ');
const WITH_THREE_DECIMALS = 'BHD JOD KWD OMR TND'.split(' ');

export function minorUnits({ amount, currency }: Price): number {
  const code = currency.toUpperCase();
  const decimals = WITHOUT_DECIMALS.includes(code) ? 0 : WITH_THREE_DECIMALS.includes(code) ? 3 : 2;
  return Math.round(amount * 10 ** decimals);
}

export async function findPrice(stripe: Stripe, plan: SoldPlan): Promise<string> {
  if (plan.priceId !== null) return await adoptPrice(stripe, plan, plan.priceId);
  const { currency, per } = plan.price;
  const amount = minorUnits(plan.price);
  const lookupKey = ['remuvr', plan.name, amount, currency.toLowerCase(), per].join('_');
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 });
  if (data[0]) return data[0].id;
  const made = await stripe.prices.create(
    {
      product: await ensureProduct(stripe, plan),
      currency: currency.toLowerCase(),
      unit_amount: amount,
      recurring: { interval: per },
      lookup_key: lookupKey,
      metadata: { [PLAN_MARK]: plan.name },
    },
    { idempotencyKey: lookupKey },
  );
  return made.id;
}

async function adoptPrice(stripe: Stripe, plan: SoldPlan, id: string): Promise<string> {
  const { metadata, recurring } = await stripe.prices.retrieve(id);
  if (!recurring)
    throw new BillingFailure('refused', `the price ${id} of the plan ${plan.name} is not a recurring one`);
  if (metadata[PLAN_MARK] === undefined) await stripe.prices.update(id, { metadata: { [PLAN_MARK]: plan.name } });
  return id;
}

async function ensureProduct(stripe: Stripe, plan: SoldPlan): Promise<string> {
  const id = `remuvr_${plan.name}`;
  await stripe.products.create({ id, name: `Remuvr ${plan.title}` }).catch((error: unknown) => {
    const isThere = error instanceof Stripe.errors.StripeError && error.code === 'resource_already_exists';
    if (!isThere) throw error;
  });
  return id;
}
