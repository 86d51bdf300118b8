/** Brings an account to what its subscriptions are now: after an event, after a change of our own, and once a day. */
import { decideStanding, type Standing, type Subscription } from '../domain/billing.ts';
import { RemuvrError } from '../domain/errors.ts';
import { findPlan } from '../domain/plan.ts';
import type { KnownSubscription } from '../ports/billing.ts';
import { lockAccount, updateAccountPlan } from '../store/accounts.ts';
import {
  type BillingCustomer,
  beginLook,
  findAccountOfCustomer,
  isEventKnown,
  lockBillingCustomer,
  noteEvent,
  noteStanding,
} from '../store/billing.ts';
import { readClock } from '../store/database.ts';
import { listSubscriptions } from './ask-billing.ts';
import type { BillingContext } from './context.ts';

/** Throws `billing_unavailable`: then nothing has changed, and the same may be done later. */
export async function followSubscriptions({ ctx, accountId }: { ctx: BillingContext; accountId: string }) {
  const look = await beginLook(ctx.database, accountId);
  if (!look) return;
  const found = await listSubscriptions(ctx, look.customerId);
  const isOurs = (one: KnownSubscription): one is Subscription => one.plan !== undefined && ctx.plans.has(one.plan);
  const subscriptions = found.filter(isOurs);
  if (subscriptions.length < found.length) {
    ctx.log.error({ accountId }, 'a subscription is for a price of no plan of this server, and was left alone');
    return;
  }
  if (subscriptions.length > 1) ctx.log.warn({ accountId }, 'an account pays for several subscriptions');
  await ctx.database.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, accountId);
    const customer = await lockBillingCustomer(tx, accountId);
    // A look that began later saw all that this one was about, and has been applied.
    if (!account || !customer || customer.lookApplied >= look.number) return;
    const terms = { plans: ctx.plans, graceDays: ctx.billing.graceDays };
    const standing = decideStanding(terms, subscriptions, await readClock(tx));
    await noteStanding(tx, accountId, look.number, standing);
    if (findPlan(ctx.plans, account.plan).hasCustomLimits || !isNews(customer, standing)) return;
    // What an admin has set stays until the subscriptions say something else than they did.
    const plan = standing.plan === customer.billedPlan ? account.plan : standing.plan;
    await updateAccountPlan(tx, accountId, { ...standing, plan });
    if (plan !== account.plan) ctx.log.info({ accountId, plan }, 'a subscription changed a plan');
  });
}

/** Of an account that has never paid nothing is known, and nothing to be changed. */
const isNews = (before: BillingCustomer, now: Standing): boolean =>
  now.state !== 'none' || before.state !== 'none' || before.billedPlan !== now.plan;

/**
 * An event says that there is something to look at. What it says besides may be out of date, and is not read.
 * Throws `invalid_parameter` for an event of somebody else.
 */
export async function takeBillingEvent(input: { ctx: BillingContext; body: Buffer; signature: string }): Promise<void> {
  const { ctx, body, signature } = input;
  const event = await ctx.billing.readEvent(body, signature);
  if (!event) {
    throw new RemuvrError('invalid_parameter', 'The event is not signed by the payment service, or it is too old.');
  }
  if (await isEventKnown(ctx.database, event.id)) return;
  const { customerId } = event;
  const accountId = customerId && (await findAccountOfCustomer(ctx.database, customerId));
  if (!accountId) return;
  await followSubscriptions({ ctx, accountId });
  // Not before: what could not be followed is sent again.
  await noteEvent(ctx.database, event.id);
}
