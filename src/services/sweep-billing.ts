/** What payments leave to be done later: subscriptions of accounts that are gone, and news that never came. */
import { RemuvrError } from '../domain/errors.ts';
import {
  type BillingCustomer,
  deleteBillingCustomer,
  deleteOldEvents,
  listLeftCustomers,
  listUnwatchedAccounts,
} from '../store/billing.ts';
import { readClock } from '../store/database.ts';
import { askBilling } from './ask-billing.ts';
import type { BillingContext } from './context.ts';
import { followSubscriptions } from './follow-subscriptions.ts';

const BATCH = 50;
/** A customer that was being made when its account was closed has its id by then. */
const MAKING_MS = 86_400_000;

/** Nobody pays for an account that is closed: not lost while the payment service is away, for it is tried again. */
export async function sweepLeftCustomers(ctx: BillingContext, stopping: AbortSignal): Promise<void> {
  if (!ctx.billing.takesPayments) return;
  await untilAway(async () => {
    const now = await readClock(ctx.database);
    for (const customer of await listLeftCustomers(ctx.database, BATCH)) {
      if (!stopping.aborted) await dismiss(ctx, customer, now);
    }
  });
}

async function dismiss(ctx: BillingContext, customer: BillingCustomer, now: Date): Promise<void> {
  const { accountId, customerId, createdAt } = customer;
  if (customerId !== null) {
    await askBilling(ctx, 'delete a customer', () => ctx.billing.deleteCustomer(customerId));
    ctx.log.info({ accountId }, 'the subscription of a closed account was cancelled');
  } else if (now.getTime() - createdAt.getTime() < MAKING_MS) {
    return;
  }
  await deleteBillingCustomer(ctx.database, customer);
}

/** Events may be lost, for instance while this server was away for days: each account is looked at once a day. */
export async function sweepUnwatched(ctx: BillingContext, stopping: AbortSignal): Promise<void> {
  await deleteOldEvents(ctx.database);
  if (!ctx.billing.takesPayments) return;
  await untilAway(async () => {
    for (const accountId of await listUnwatchedAccounts(ctx.database, BATCH)) {
      if (!stopping.aborted) await followSubscriptions({ ctx, accountId });
    }
  });
}

/** What is left is for the next sweep; why, is in the log. */
async function untilAway(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    if (!(error instanceof RemuvrError && error.code === 'billing_unavailable')) throw error;
  });
}
