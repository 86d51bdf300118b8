/**
 * What subscriptions entitle to, decided from their present state and the clock alone: so it does not matter which
 * events told of that state, in which order, or how often.
 */
import { compareRanks, FIRST_PLAN, findPlan, type PlanName, type PlanState, type PlanTable } from './plan.ts';

/** What this server sells, and how many days a plan stays where its payment failed. */
export type Terms = { readonly plans: PlanTable; readonly graceDays: number };

export type Subscription = {
  readonly id: string;
  /** What its next renewal is for. */
  readonly plan: PlanName;
  /** A higher plan, paid already to this moment: what a downgrade leaves behind. */
  readonly held: { readonly plan: PlanName; readonly until: Date } | null;
  readonly periodEnd: Date;
  /** Where it was cancelled. */
  readonly endsAt: Date | null;
  /** Of the oldest invoice that could not be collected. */
  readonly unpaidSince: Date | null;
};

export type BillingState = 'none' | 'active' | 'past_due';

export type Standing = PlanState & {
  readonly state: BillingState;
  /** While a payment is missing: the moment to which the plan stays all the same. */
  readonly graceEndsAt: Date | null;
  /** The next payment; null where none comes. */
  readonly renewsAt: Date | null;
};

const DAY_MS = 86_400_000;

const isHigher = (plans: PlanTable, a: PlanName, b: PlanName): boolean =>
  compareRanks(findPlan(plans, a), findPlan(plans, b)) > 0;
const isAfter = (moment: Date, other: Date): boolean => moment.getTime() > other.getTime();

const graceEnd = ({ graceDays }: Terms, { unpaidSince }: Subscription): Date | null =>
  unpaidSince && new Date(unpaidSince.getTime() + graceDays * DAY_MS);

/** In time a subscription is a row of steps that only lead down: to the end of what is held, then to its own end. */
function planAt(terms: Terms, subscription: Subscription, moment: Date): PlanName {
  const ends = [subscription.endsAt, graceEnd(terms, subscription)];
  if (ends.some((end) => end !== null && !isAfter(end, moment))) return FIRST_PLAN;
  const { held, plan } = subscription;
  const isHeld = held && isAfter(held.until, moment) && isHigher(terms.plans, held.plan, plan);
  return isHeld ? held.plan : plan;
}

const bestAt = (terms: Terms, subscriptions: readonly Subscription[], moment: Date): PlanName =>
  subscriptions
    .map((one) => planAt(terms, one, moment))
    .reduce((best, plan) => (isHigher(terms.plans, plan, best) ? plan : best), FIRST_PLAN);

/** Of all subscriptions of an account that have begun and not ended; that there are several is not meant, but happens. */
export function decideStanding(terms: Terms, subscriptions: readonly Subscription[], now: Date): Standing {
  const plan = bestAt(terms, subscriptions, now);
  const steps = subscriptions.flatMap((one) => [one.endsAt, one.held?.until ?? null, graceEnd(terms, one)]);
  const isChange = (moment: Date): boolean => isAfter(moment, now) && bestAt(terms, subscriptions, moment) !== plan;
  const planChangesAt = ordered(steps).find(isChange) ?? null;
  const paid = subscriptions.filter(({ unpaidSince }) => unpaidSince === null);
  const isPastDue = paid.length === 0 && subscriptions.length > 0;
  return {
    plan,
    nextPlan: planChangesAt && bestAt(terms, subscriptions, planChangesAt),
    planChangesAt,
    state: isPastDue ? 'past_due' : subscriptions.length > 0 ? 'active' : 'none',
    graceEndsAt: isPastDue ? (ordered(subscriptions.map((one) => graceEnd(terms, one))).at(-1) ?? null) : null,
    renewsAt: ordered(paid.map(({ endsAt, periodEnd }) => (endsAt === null ? periodEnd : null)))[0] ?? null,
  };
}

const ordered = (moments: readonly (Date | null)[]): Date[] =>
  moments.filter((moment) => moment !== null).sort((a, b) => a.getTime() - b.getTime());

/** The one that the account's plan comes from; changes are made to it. */
export function leadingSubscription(
  terms: Terms,
  subscriptions: readonly Subscription[],
  now: Date,
): Subscription | undefined {
  const best = bestAt(terms, subscriptions, now);
  return subscriptions.find((one) => planAt(terms, one, now) === best) ?? subscriptions[0];
}

/** What is paid for at this moment, whatever is to come. The subscription must not be owed for. */
export const paidPlan = (plans: PlanTable, subscription: Subscription, now: Date): PlanName =>
  planAt({ plans, graceDays: 0 }, { ...subscription, endsAt: null }, now);

/**
 * One step of changing a subscription, each a single call to whoever collects the money, and harmless if it is the last
 * that is made: `keep` takes back what was to come; `rise` is paid for at once, for the rest of the period; `fall` costs
 * less from the next renewal on, and holds what is paid until then; `end` cancels with the period.
 */
export type SubscriptionStep =
  | { readonly kind: 'keep' }
  | { readonly kind: 'rise'; readonly plan: PlanName }
  | { readonly kind: 'fall'; readonly plan: PlanName; readonly held: { readonly plan: PlanName; readonly until: Date } }
  | { readonly kind: 'end' };

/** None where it is so already. The subscription must be paid: whoever owes is asked to pay first. */
export function decideSteps(
  plans: PlanTable,
  subscription: Subscription,
  asked: PlanName,
  now: Date,
): SubscriptionStep[] {
  const { held, endsAt, plan, periodEnd } = subscription;
  if (asked === FIRST_PLAN) return endsAt ? [] : [{ kind: 'end' }];
  const current = paidPlan(plans, subscription, now);
  const isChanging = endsAt !== null || plan !== current;
  if (asked === current) return isChanging ? [{ kind: 'keep' }] : [];
  if (isHigher(plans, current, asked)) {
    const isSo = plan === asked && endsAt === null && held?.plan === current;
    return isSo ? [] : [{ kind: 'fall', plan: asked, held: { plan: current, until: periodEnd } }];
  }
  // What is credited for the rest of the period is that of the plan that was paid, so that one is taken up again first.
  return [...(isChanging ? [{ kind: 'keep' } as const] : []), { kind: 'rise', plan: asked }];
}
