/** The choice of a plan, whether it is paid for or not. */
import {
  decideSteps,
  leadingSubscription,
  paidPlan,
  type Subscription,
  type SubscriptionStep,
} from '../domain/billing.ts';
import { RemuvrError } from '../domain/errors.ts';
import { FIRST_PLAN, findPlan, type PlanName } from '../domain/plan.ts';
import { type Account, findAccount } from '../store/accounts.ts';
import { findBillingCustomer } from '../store/billing.ts';
import { readClock } from '../store/database.ts';
import { askBilling, listSubscriptions, soldPlan } from './ask-billing.ts';
import { changePlan } from './change-plan.ts';
import type { BillingContext } from './context.ts';
import { followSubscriptions } from './follow-subscriptions.ts';
import { demandSold } from './pay-for-plan.ts';

/** `paymentUrl`: a page where the payment must be confirmed before the plan rises. */
export type SwitchedPlan = { readonly account: Account; readonly paymentUrl: string | undefined };

type Choice = { readonly ctx: BillingContext; readonly account: Account; readonly plan: PlanName };

/** Throws `plan_required`, and `payment_required` where there is no subscription yet, or one that is owed for. */
export async function switchPlan({ ctx, account, plan }: Choice): Promise<SwitchedPlan> {
  const subscription = await findSubscription(ctx, account.id);
  const isKept = plan === account.plan || plan === FIRST_PLAN;
  if (!subscription) {
    if (ctx.billing.takesPayments && !isKept) {
      demandSold(ctx.plans, account, plan);
      throw new RemuvrError('payment_required', `The plan ${plan} begins with its payment.`);
    }
    return { account: await changePlan({ ctx, accountId: account.id, plan }), paymentUrl: undefined };
  }
  if (plan !== FIRST_PLAN) {
    if (plan !== account.plan || findPlan(ctx.plans, plan).hasCustomLimits) demandSold(ctx.plans, account, plan);
    if (subscription.unpaidSince) {
      throw new RemuvrError('payment_required', 'The last payment failed. Settle it first, then choose another plan.');
    }
  }
  const now = await readClock(ctx.database);
  // Whoever stays keeps what they pay for, also where an admin has given them more than that.
  const asked = plan === account.plan && plan !== FIRST_PLAN ? paidPlan(ctx.plans, subscription, now) : plan;
  const paymentUrl = await change(ctx, subscription, decideSteps(ctx.plans, subscription, asked, now));
  await followSubscriptions({ ctx, accountId: account.id });
  return { account: (await findAccount(ctx.database, account.id)) ?? account, paymentUrl };
}

async function findSubscription(ctx: BillingContext, accountId: string): Promise<Subscription | undefined> {
  const customerId = ctx.billing.takesPayments && (await findBillingCustomer(ctx.database, accountId))?.customerId;
  if (!customerId) return undefined;
  const found = await listSubscriptions(ctx, customerId);
  const known = found.flatMap(({ plan, ...one }) =>
    plan === undefined || !ctx.plans.has(plan) ? [] : [{ ...one, plan }],
  );
  const terms = { plans: ctx.plans, graceDays: ctx.billing.graceDays };
  const leading = leadingSubscription(terms, known, await readClock(ctx.database));
  if (!leading && found.length > 0) {
    throw new RemuvrError('billing_conflict', 'The subscription is for a plan that whoever runs this server changes.');
  }
  return leading;
}

async function change(
  ctx: BillingContext,
  { id }: Subscription,
  steps: readonly SubscriptionStep[],
): Promise<string | undefined> {
  let paymentUrl: string | undefined;
  for (const step of steps) {
    const sold = 'plan' in step ? soldPlan(ctx.plans, step.plan) : undefined;
    paymentUrl = await askBilling(ctx, `change a subscription: ${step.kind}`, () =>
      ctx.billing.changeSubscription(id, step, sold),
    );
  }
  return paymentUrl;
}
