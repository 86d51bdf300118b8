/** How an account stands with its plan and its payments, as far as this server has heard. */
import type { BillingState } from '../domain/billing.ts';
import { type Account, findAccount } from '../store/accounts.ts';
import { findBillingCustomer } from '../store/billing.ts';
import type { BillingContext } from './context.ts';

export type BillingSummary = {
  readonly state: BillingState;
  readonly graceEndsAt: Date | null;
  readonly renewsAt: Date | null;
  /** Whether there are invoices to be seen, of this subscription or an earlier one. */
  readonly hasPortal: boolean;
};

/** `billing`: undefined where the server takes no payments. */
export type AccountStanding = { readonly account: Account; readonly billing: BillingSummary | undefined };

/**
 * Account and payments of one moment. Read apart, a payment that came in between was told of beside the plan before it, and
 * a page that waited for the payment asked no more.
 */
export async function describeStanding(input: { ctx: BillingContext; account: Account }): Promise<AccountStanding> {
  const { ctx, account } = input;
  if (!ctx.billing.takesPayments) return { account, billing: undefined };
  return await ctx.database
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => ({
      account: (await findAccount(tx, account.id)) ?? account,
      billing: summarize(await findBillingCustomer(tx, account.id)),
    }));
}

function summarize(customer: Awaited<ReturnType<typeof findBillingCustomer>>): BillingSummary {
  if (!customer) return { state: 'none', graceEndsAt: null, renewsAt: null, hasPortal: false };
  const { state, graceEndsAt, renewsAt, customerId } = customer;
  return { state, graceEndsAt, renewsAt, hasPortal: customerId !== null };
}
