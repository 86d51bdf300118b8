/** A subscription of Stripe in the words of the domain, and the steps of the domain in the words of Stripe. */
import type Stripe from 'stripe';
import type { SubscriptionStep } from '../../domain/billing.ts';
import type { PlanName } from '../../domain/plan.ts';
import { BillingFailure, type KnownSubscription } from '../../ports/billing.ts';
import { PLAN_MARK } from './prices.ts';

/** Metadata of a subscription whose price was lowered before the higher one was used up. */
const HELD_PLAN = 'remuvr_held_plan';
const HELD_UNTIL = 'remuvr_held_until';
/** What was paid for it, which need not be what it costs by now. */
const HELD_PRICE = 'remuvr_held_price';

const OWING = ['past_due', 'unpaid'];
const CURRENT = ['active', 'trialing', ...OWING];

/** Begun, and not ended. */
export const isCurrent = ({ status }: Stripe.Subscription): boolean => CURRENT.includes(status);

const moment = (seconds: number): Date => new Date(seconds * 1000);

/** What we sell has one item; the operator may have added others, of prices without our mark. */
export function itemOf({ id, items }: Stripe.Subscription): Stripe.SubscriptionItem {
  const item = items.data.find(({ price }) => price.metadata[PLAN_MARK] !== undefined) ?? items.data[0];
  if (!item) throw new BillingFailure('refused', `the subscription ${id} has no item`);
  return item;
}

export async function describeSubscription(
  stripe: Stripe,
  subscription: Stripe.Subscription,
  planOfPrice: (priceId: string) => PlanName | undefined,
): Promise<KnownSubscription> {
  const { id, status, cancel_at, cancel_at_period_end } = subscription;
  const item = itemOf(subscription);
  const mark = item.price.metadata[PLAN_MARK];
  const endsAt = cancel_at ?? (cancel_at_period_end ? item.current_period_end : null);
  return {
    id,
    plan: mark ?? planOfPrice(item.price.id),
    held: heldOf(subscription, item),
    periodEnd: moment(item.current_period_end),
    endsAt: endsAt === null ? null : moment(endsAt),
    unpaidSince: OWING.includes(status) ? await findUnpaidSince(stripe, id, item) : null,
  };
}

/** What was paid ends with its period: with the next one nothing is held, also while our clock is behind Stripe's. */
function heldOf({ metadata }: Stripe.Subscription, item: Stripe.SubscriptionItem): KnownSubscription['held'] {
  const plan = metadata[HELD_PLAN];
  const isThisPeriod = Number(metadata[HELD_UNTIL]) === item.current_period_end;
  return plan !== undefined && isThisPeriod ? { plan, until: moment(item.current_period_end) } : null;
}

/** By the oldest open invoice, so that a second one that fails is no second grace. */
async function findUnpaidSince(stripe: Stripe, subscription: string, item: Stripe.SubscriptionItem): Promise<Date> {
  const { data } = await stripe.invoices.list({ subscription, status: 'open', limit: 100 });
  return moment(data.length === 0 ? item.current_period_start : Math.min(...data.map(({ created }) => created)));
}

type Step = Exclude<SubscriptionStep, { kind: 'end' }>;

/** `price`: of the plan that the step leads to, where it leads to one. */
export function paramsOf(
  step: Step,
  subscription: Stripe.Subscription,
  price: string | undefined,
): Stripe.SubscriptionUpdateParams {
  const item = itemOf(subscription);
  const paidPrice = heldOf(subscription, item) ? subscription.metadata[HELD_PRICE] : undefined;
  const next = price ?? paidPrice;
  const items = next === undefined ? {} : { items: [{ id: item.id, price: next }] };
  if (step.kind === 'rise') {
    // The plan must not rise before its payment; what cannot be collected at once waits as a pending update.
    return { ...items, proration_behavior: 'always_invoice', payment_behavior: 'pending_if_incomplete' };
  }
  const held = step.kind === 'fall' ? step.held : null;
  const metadata = {
    [HELD_PLAN]: held?.plan ?? '',
    [HELD_UNTIL]: held ? String(held.until.getTime() / 1000) : '',
    [HELD_PRICE]: held ? (paidPrice ?? item.price.id) : '',
  };
  return { ...items, proration_behavior: 'none', metadata, ...takeBackCancellation(subscription) };
}

/** Stripe takes one of the two at a time. */
function takeBackCancellation({ cancel_at, cancel_at_period_end }: Stripe.Subscription) {
  if (cancel_at_period_end) return { cancel_at_period_end: false };
  return cancel_at === null ? {} : { cancel_at: '' as const };
}
