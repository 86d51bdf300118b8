/** Stripe collects the money: Checkout, the customer portal, subscriptions, and events that are signed. */
import { createHash } from 'node:crypto';
import Stripe from 'stripe';
import type { SubscriptionStep } from '../domain/billing.ts';
import type { PlanName } from '../domain/plan.ts';
import { type Billing, type BillingEvent, BillingFailure, type NewCustomer, type SoldPlan } from '../ports/billing.ts';
import { failWith, isMissing } from './stripe-billing/failure.ts';
import { findPrice } from './stripe-billing/prices.ts';
import { describeSubscription, isCurrent, paramsOf } from './stripe-billing/subscriptions.ts';

export type StripeParts = {
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** In place of https://api.stripe.com. */
  readonly apiUrl: string | undefined;
  readonly graceDays: number;
  /** Which plan the operator sells by a price of their own. */
  readonly planOfPrice: (priceId: string) => PlanName | undefined;
};

/** Stripe answers in a second or two; somebody waits at a page meanwhile. */
const TIMEOUT_MS = 8_000;
const RETRIES = 1;
/** As the SDK has it: an event that is older when it arrives may have been recorded and sent again by others. */
const SIGNATURE_AGE_SECONDS = 300;

/** All that a plan may follow from; of the others nothing is done. */
const EVENTS: ReadonlySet<string> = new Set([
  'checkout.session.completed',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'invoice.paid',
  'invoice.payment_failed',
]);

function connect({ secretKey, apiUrl }: StripeParts): Stripe {
  const url = apiUrl === undefined ? undefined : new URL(apiUrl);
  const isPlain = url?.protocol === 'http:';
  return new Stripe(secretKey, {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
    ...(url && { host: url.hostname, port: url.port || (isPlain ? 80 : 443), protocol: isPlain ? 'http' : 'https' }),
  });
}

export function createStripeBilling(parts: StripeParts): Billing {
  const stripe = connect(parts);
  const { webhookSecret, graceDays, planOfPrice } = parts;
  return {
    takesPayments: true,
    graceDays,
    nameAccount: () => nameAccount(stripe, parts.secretKey).catch(failWith),
    createCustomer: (customer) => createCustomer(stripe, customer).catch(failWith),
    deleteCustomer: (customerId) => deleteCustomer(stripe, customerId).catch(failWith),
    startCheckout: (checkout) => startCheckout(stripe, checkout).catch(failWith),
    async openPortal(customer, returnUrl) {
      const session = stripe.billingPortal.sessions.create({ customer, return_url: returnUrl });
      return (await session.catch(failWith)).url;
    },
    async listSubscriptions(customer) {
      const { data } = await stripe.subscriptions.list({ customer, limit: 100 }).catch(failWith);
      const described = data.filter(isCurrent).map((one) => describeSubscription(stripe, one, planOfPrice));
      return await Promise.all(described).catch(failWith);
    },
    changeSubscription: (id, step, sold) => changeSubscription(stripe, id, step, sold).catch(failWith),
    readEvent: async (body, signature) => readEvent(stripe, body, signature, webhookSecret),
  };
}

async function nameAccount(stripe: Stripe, secretKey: string): Promise<string> {
  const kind = `a ${/^.k_test_/.test(secretKey) ? 'test' : 'live'} key of`;
  try {
    const { id, settings } = await stripe.accounts.retrieveCurrent();
    const name = settings?.dashboard.display_name;
    return `${kind} ${name ? `${name} (${id})` : id}`;
  } catch (error) {
    // A restricted key is known, and may be all that is needed, without the right to read whose it is.
    if (error instanceof Stripe.errors.StripePermissionError) return `${kind} an account that it may not read`;
    throw error;
  }
}

async function createCustomer(stripe: Stripe, { accountId, email, attempt }: NewCustomer): Promise<string> {
  // Stripe refuses a known key with other contents, so an address that has changed since makes another key.
  const idempotencyKey = `remuvr-customer-${createHash('sha256').update(`${attempt} ${email}`).digest('hex')}`;
  const { id } = await stripe.customers.create({ email, metadata: { remuvr_account: accountId } }, { idempotencyKey });
  return id;
}

/** The invoices stay with Stripe; the subscriptions are cancelled by it. */
async function deleteCustomer(stripe: Stripe, customerId: string): Promise<void> {
  await stripe.customers.del(customerId).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

type Checkout = Parameters<Billing['startCheckout']>[0];

async function startCheckout(stripe: Stripe, checkout: Checkout): Promise<string> {
  const { customerId: customer, accountId, plan, doneUrl, leftUrl } = checkout;
  const price = await findPrice(stripe, plan);
  const { data: open } = await stripe.checkout.sessions.list({ customer, status: 'open', limit: 100 });
  for (const { id } of open) await stripe.checkout.sessions.expire(id);
  const metadata = { remuvr_account: accountId };
  const { url } = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer,
    client_reference_id: accountId,
    line_items: [{ price, quantity: 1 }],
    metadata,
    subscription_data: { metadata },
    success_url: doneUrl,
    cancel_url: leftUrl,
  });
  if (!url) throw new BillingFailure('refused', 'Stripe made a checkout session without an address');
  return url;
}

async function changeSubscription(
  stripe: Stripe,
  id: string,
  step: SubscriptionStep,
  sold: SoldPlan | undefined,
): Promise<string | undefined> {
  if (step.kind === 'end') {
    await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    return undefined;
  }
  const subscription = await stripe.subscriptions.retrieve(id);
  const price = sold && (await findPrice(stripe, sold));
  const changed = await stripe.subscriptions.update(id, {
    ...paramsOf(step, subscription, price),
    expand: ['latest_invoice'],
  });
  if (!changed.pending_update) return undefined;
  const { latest_invoice: invoice } = changed;
  const page = typeof invoice === 'object' ? invoice?.hosted_invoice_url : undefined;
  if (!page) throw new BillingFailure('refused', `the invoice of the subscription ${id} has no page to be paid on`);
  return page;
}

function readEvent(stripe: Stripe, body: Buffer, signature: string, secret: string): BillingEvent | undefined {
  try {
    const { id, type, data } = stripe.webhooks.constructEvent(body, signature, secret, SIGNATURE_AGE_SECONDS);
    const { customer } = data.object as { customer?: string | { id: string } | null };
    const customerId = typeof customer === 'string' ? customer : customer?.id;
    return { id, customerId: EVENTS.has(type) ? customerId : undefined };
  } catch {
    // Forged, too old, or no event: to the sender all of that is one answer.
    return undefined;
  }
}
