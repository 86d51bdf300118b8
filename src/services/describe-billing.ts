/** How an account stands with its payments, as far as this server has heard. */
import type { BillingState } from '../domain/billing.ts';
import { findBillingCustomer } from '../store/billing.ts';
import type { BillingContext } from './context.ts';

export type BillingSummary = {
  readonly state: BillingState;
  readonly graceEndsAt: Date | null;
  readonly renewsAt: Date | null;
  /** Whether there are invoices to be seen, of this subscription or an earlier one. */
  readonly hasPortal: boolean;
};

/** Undefined where the server takes no payments. */
export async function describeBilling(input: {
  ctx: BillingContext;
  accountId: string;
}): Promise<BillingSummary | undefined> {
  const { ctx, accountId } = input;
  if (!ctx.billing.takesPayments) return undefined;
  const customer = await findBillingCustomer(ctx.database, accountId);
  if (!customer) return { state: 'none', graceEndsAt: null, renewsAt: null, hasPortal: false };
  const { state, graceEndsAt, renewsAt, customerId } = customer;
  return { state, graceEndsAt, renewsAt, hasPortal: customerId !== null };
}
