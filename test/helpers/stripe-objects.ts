/** Objects as Stripe sends them in the API version that the SDK asks for: the compiler holds the first four to its types. */
import { randomBytes } from 'node:crypto';
import type Stripe from 'stripe';

export const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;

/** Amounts with decimals are text on the wire. */
type Wire<T, K extends keyof T> = Omit<T, K> & { [N in K]: string | null };
export type Price = Wire<Stripe.Price, 'unit_amount_decimal'>;
type Plan = Wire<Stripe.Plan, 'amount_decimal'>;
export type Item = Omit<Stripe.SubscriptionItem, 'price' | 'plan'> & { price: Price; plan: Plan };
export type Subscription = Omit<Stripe.Subscription, 'items' | 'pending_update'> & {
  items: { object: 'list'; data: Item[]; has_more: boolean; url: string };
  pending_update: { expires_at: number; subscription_items: Item[] } | null;
};
export type Invoice = Pick<
  Stripe.Invoice,
  | 'id'
  | 'object'
  | 'amount_due'
  | 'amount_paid'
  | 'attempted'
  | 'billing_reason'
  | 'collection_method'
  | 'created'
  | 'currency'
  | 'customer'
  | 'hosted_invoice_url'
  | 'livemode'
  | 'metadata'
  | 'status'
  | 'total'
> & { parent: { type: 'subscription_details'; subscription_details: { subscription: string } } };
export type Session = Pick<
  Stripe.Checkout.Session,
  | 'id'
  | 'object'
  | 'cancel_url'
  | 'client_reference_id'
  | 'created'
  | 'currency'
  | 'customer'
  | 'expires_at'
  | 'livemode'
  | 'metadata'
  | 'mode'
  | 'payment_status'
  | 'status'
  | 'subscription'
  | 'success_url'
  | 'url'
> & { price: string; subscriptionMetadata: Record<string, string> };

export function makeCustomer(email: string, metadata: Record<string, string>, created: number): Stripe.Customer {
  return {
    id: newId('cus'),
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email,
    invoice_prefix: '7C0FFEE1',
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata,
    name: null,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

export type NewPrice = {
  product: string;
  currency: string;
  unit_amount: number;
  lookup_key: string | null;
  metadata: Record<string, string>;
  interval: string;
};

export function makePrice(given: NewPrice, created: number): Price {
  const { interval, ...rest } = given;
  return {
    id: newId('price'),
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created,
    custom_unit_amount: null,
    livemode: false,
    nickname: null,
    recurring: { interval, interval_count: 1, meter: null, trial_period_days: null, usage_type: 'licensed' },
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'recurring',
    unit_amount_decimal: String(given.unit_amount),
    ...rest,
  };
}

const planOf = (price: Price): Plan => ({
  id: price.id,
  object: 'plan',
  active: true,
  amount: price.unit_amount,
  amount_decimal: price.unit_amount_decimal,
  billing_scheme: 'per_unit',
  created: price.created,
  currency: price.currency,
  interval: 'month',
  interval_count: 1,
  livemode: false,
  metadata: price.metadata,
  meter: null,
  nickname: null,
  product: price.product as string,
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: 'licensed',
});

export const pricedItem = (item: Item, price: Price): Item => ({ ...item, price, plan: planOf(price) });

const MONTH = 30 * 86_400;

export function makeSubscription(
  customer: string,
  price: Price,
  metadata: Record<string, string>,
  created: number,
): Subscription {
  const id = newId('sub');
  const item: Item = {
    id: newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created,
    current_period_end: created + MONTH,
    current_period_start: created,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity: 1,
    subscription: id,
    tax_rates: [],
  };
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: created,
    billing_cycle_anchor_config: null,
    billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' }, updated_at: created },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created,
    currency: price.currency,
    customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: newId('pm'),
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: { object: 'list', data: [item], has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: created,
    status: 'active',
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: null,
    trial_start: null,
  };
}

export function makeInvoice(subscription: Subscription, amount: number, reason: string, page: string): Invoice {
  const id = newId('in');
  return {
    id,
    object: 'invoice',
    amount_due: amount,
    amount_paid: 0,
    attempted: true,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: subscription.items.data[0]?.current_period_start ?? 0,
    currency: subscription.currency,
    customer: subscription.customer as string,
    hosted_invoice_url: `${page}/${id}`,
    livemode: false,
    metadata: {},
    parent: { type: 'subscription_details', subscription_details: { subscription: subscription.id } },
    status: 'open',
    total: amount,
  };
}
