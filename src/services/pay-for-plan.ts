/** The pages of whoever collects the money: the first payment, and what there is to see and settle afterwards. */
import { RemuvrError } from '../domain/errors.ts';
import { findPlan, type PlanName, type PlanTable } from '../domain/plan.ts';
import { BillingFailure, type SoldPlan } from '../ports/billing.ts';
import type { Account } from '../store/accounts.ts';
import {
  type BillingCustomer,
  deleteBillingCustomer,
  findBillingCustomer,
  noteBillingCustomer,
  setCustomerId,
} from '../store/billing.ts';
import { askBilling, listSubscriptions, soldPlan } from './ask-billing.ts';
import { demandPlan } from './change-plan.ts';
import type { BillingContext } from './context.ts';
import { followSubscriptions } from './follow-subscriptions.ts';

type Payer = { readonly ctx: BillingContext; readonly account: Account; readonly email: string };

export function demandBilling(ctx: BillingContext): void {
  if (!ctx.billing.takesPayments) throw new RemuvrError('billing_conflict', 'This server takes no payments.');
}

/** Throws `plan_required` for what is not for sale, at least not to this account; `invalid_parameter` for what is not. */
export function demandSold(plans: PlanTable, account: Account, plan: PlanName): SoldPlan {
  if (account.plan !== plan) demandPlan(plans, plan, true);
  const sold = soldPlan(plans, plan);
  const agreed = findPlan(plans, account.plan).hasCustomLimits ? account.plan : plan;
  if (sold && agreed === plan) return sold;
  throw new RemuvrError('plan_required', `The plan ${agreed} is set up by whoever runs this server.`);
}

/**
 * The address of the page. Throws `billing_conflict` where there is a subscription already, for that one is changed
 * rather than another begun.
 */
export async function startCheckout(
  input: Payer & { readonly plan: PlanName; readonly doneUrl: string; readonly leftUrl: string },
): Promise<string> {
  const { ctx, account, plan: name, doneUrl, leftUrl } = input;
  demandBilling(ctx);
  if (account.isSuspended) throw new RemuvrError('account_suspended');
  const plan = demandSold(ctx.plans, account, name);
  const begin = async (customerId: string): Promise<string> => {
    if ((await listSubscriptions(ctx, customerId)).length > 0) {
      // It may be there because its event is still on the way.
      await followSubscriptions({ ctx, accountId: account.id });
      throw new RemuvrError('billing_conflict', 'There is a subscription already; choose another plan to change it.');
    }
    return await ctx.billing.startCheckout({ customerId, accountId: account.id, plan, doneUrl, leftUrl });
  };
  return await askBilling(ctx, 'start a checkout', async () => {
    const customer = await ensureCustomer(input);
    try {
      return await begin(customer.customerId);
    } catch (error) {
      if (!(error instanceof BillingFailure && error.kind === 'unknown_customer')) throw error;
      // Deleted by hand where the money is collected.
      await deleteBillingCustomer(ctx.database, customer);
      return await begin((await ensureCustomer(input)).customerId);
    }
  });
}

/** The row is there before the customer is: an account that is closed meanwhile leaves none behind. */
async function ensureCustomer({ ctx, account, email }: Payer): Promise<BillingCustomer & { customerId: string }> {
  const { database, billing } = ctx;
  await noteBillingCustomer(database, account.id);
  const noted = await findBillingCustomer(database, account.id);
  if (!noted) throw new RemuvrError('not_found');
  if (noted.customerId !== null) return { ...noted, customerId: noted.customerId };
  const attempt = `${account.id} ${noted.createdAt.getTime()}`;
  const customerId = await billing.createCustomer({ accountId: account.id, email, attempt });
  await setCustomerId(database, account.id, customerId);
  return { ...noted, customerId };
}

/** The address of the page. */
export async function openPortal(input: {
  readonly ctx: BillingContext;
  readonly account: Account;
  readonly returnUrl: string;
}): Promise<string> {
  const { ctx, account, returnUrl } = input;
  demandBilling(ctx);
  const customerId = (await findBillingCustomer(ctx.database, account.id))?.customerId;
  const nothing = new RemuvrError('billing_conflict', 'Nothing has been paid yet, so there is nothing to see.');
  if (!customerId) throw nothing;
  return await askBilling(
    ctx,
    'open the portal',
    () => ctx.billing.openPortal(customerId, returnUrl),
    () => {
      throw nothing;
    },
  );
}
