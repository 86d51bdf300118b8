/** What Stripe knows and does, as far as subscriptions go: its objects, what happens to them, and the events of it. */
import Stripe from 'stripe';
import {
  type Invoice,
  makeCustomer,
  makeInvoice,
  makePrice,
  makeSubscription,
  newId,
  type Price,
  pricedItem,
  type Session,
  type Subscription,
} from './stripe-objects.ts';

export type StripeEvent = { id: string; type: string; created: number; data: { object: unknown } };
export type Params = { readonly [name: string]: string | Params };

/** What Stripe refuses a request with. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: { readonly message: string } & Record<string, string>) {
    super(body.message);
    this.status = status;
    this.body = { error: { type: 'invalid_request_error', ...body } };
  }
}

const missing = (kind: string, id: string, param: string): Refusal =>
  new Refusal(param === 'id' ? 404 : 400, { code: 'resource_missing', param, message: `No such ${kind}: '${id}'` });

const seconds = (): number => Math.floor(Date.now() / 1000);
const asMap = (params: Params | string | undefined): Record<string, string> =>
  typeof params === 'object' ? (params as Record<string, string>) : {};

export class StripeWorld {
  readonly customers = new Map<string, Stripe.Customer>();
  readonly products = new Set<string>();
  readonly prices = new Map<string, Price>();
  readonly sessions = new Map<string, Session>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly invoices = new Map<string, Invoice>();
  /** All that have happened, in their order. Nobody is told of them but by `tell` of the server. */
  readonly events: StripeEvent[] = [];
  /** Whether banks refuse. */
  isCardDeclined = false;
  url = '';

  #happen(type: string, object: unknown): void {
    const event = {
      id: newId('evt'),
      object: 'event',
      api_version: Stripe.API_VERSION,
      created: seconds(),
      data: { object: structuredClone(object) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    };
    this.events.push(event);
  }

  #customer(id: string, param = 'customer'): Stripe.Customer {
    const customer = this.customers.get(id);
    if (!customer) throw missing('customer', id, param);
    return customer;
  }

  price(id: string, param = 'id'): Price {
    const price = this.prices.get(id);
    if (!price) throw missing('price', id, param);
    return price;
  }

  subscription(id: string): Subscription {
    const subscription = this.subscriptions.get(id);
    if (!subscription) throw missing('subscription', id, 'id');
    return subscription;
  }

  createCustomer(params: Params): Stripe.Customer {
    const customer = makeCustomer(String(params.email), asMap(params.metadata), seconds());
    this.customers.set(customer.id, customer);
    this.#happen('customer.created', customer);
    return customer;
  }

  deleteCustomer(id: string): object {
    this.#customer(id, 'id');
    this.customers.delete(id);
    for (const one of this.subscriptions.values())
      if (one.customer === id && one.status !== 'canceled') this.end(one.id);
    return { id, object: 'customer', deleted: true };
  }

  createProduct(params: Params): object {
    const id = String(params.id);
    if (this.products.has(id)) {
      throw new Refusal(400, { code: 'resource_already_exists', param: 'id', message: 'Product already exists.' });
    }
    this.products.add(id);
    return { id, object: 'product', active: true, name: params.name, metadata: {}, livemode: false };
  }

  createPrice(params: Params): Price {
    const { product, currency, unit_amount, lookup_key, metadata, recurring } = params;
    if (!this.products.has(String(product))) throw missing('product', String(product), 'product');
    if ([...this.prices.values()].some((price) => lookup_key && price.lookup_key === lookup_key)) {
      throw new Refusal(400, { param: 'lookup_key', message: 'A price already uses that lookup key.' });
    }
    const given = {
      product: String(product),
      currency: String(currency),
      unit_amount: Number(unit_amount),
      lookup_key: typeof lookup_key === 'string' ? lookup_key : null,
      metadata: asMap(metadata),
      interval: asMap(recurring).interval ?? '',
    };
    const price = makePrice(given, seconds());
    this.prices.set(price.id, price);
    return price;
  }

  createSession(params: Params): object {
    const { id: customer } = this.#customer(String(params.customer));
    const [line] = Object.values(asMap(params.line_items)) as unknown as Record<string, string>[];
    const price = this.price(line?.price ?? '', 'line_items[0][price]');
    const id = newId('cs_test');
    const session: Session = {
      id,
      object: 'checkout.session',
      cancel_url: String(params.cancel_url),
      client_reference_id: String(params.client_reference_id),
      created: seconds(),
      currency: price.currency,
      customer,
      expires_at: seconds() + 86_400,
      livemode: false,
      metadata: asMap(params.metadata),
      mode: 'subscription',
      payment_status: 'unpaid',
      status: 'open',
      subscription: null,
      success_url: String(params.success_url),
      url: `${this.url}/pay/${id}`,
      price: price.id,
      subscriptionMetadata: asMap((params.subscription_data as Params | undefined)?.metadata),
    };
    this.sessions.set(id, session);
    return session;
  }

  /** The customer has paid on the page of this address. */
  completeCheckout(url: string): Subscription {
    const session = this.sessions.get(url.split('/').at(-1) ?? '');
    if (session?.status !== 'open') throw new Error('there is no open checkout at this address');
    const price = this.price(session.price);
    const made = makeSubscription(String(session.customer), price, session.subscriptionMetadata, seconds());
    this.subscriptions.set(made.id, made);
    Object.assign(session, { status: 'complete', payment_status: 'paid', subscription: made.id });
    this.#happen('customer.subscription.created', { ...made, status: 'incomplete' });
    this.#charge(made, price.unit_amount ?? 0, 'subscription_create');
    this.#happen('customer.subscription.updated', made);
    this.#happen('checkout.session.completed', session);
    return made;
  }

  /** Whether it could be paid. */
  #charge(subscription: Subscription, amount: number, reason: string): boolean {
    const invoice = makeInvoice(subscription, amount, reason, `${this.url}/invoice`);
    this.invoices.set(invoice.id as string, invoice);
    subscription.latest_invoice = invoice.id as string;
    if (this.isCardDeclined) this.#happen('invoice.payment_failed', invoice);
    else this.#pay(invoice);
    return !this.isCardDeclined;
  }

  #pay(invoice: Invoice): void {
    Object.assign(invoice, { status: 'paid', amount_paid: invoice.amount_due });
    this.#happen('invoice.paid', invoice);
  }

  updateSubscription(id: string, params: Params): Subscription {
    const subscription = this.subscription(id);
    if (subscription.status === 'canceled') {
      throw new Refusal(400, { message: 'A canceled subscription can only update its cancellation_details.' });
    }
    if (params.cancel_at !== undefined && params.cancel_at_period_end !== undefined) {
      throw new Refusal(400, { message: 'You may only specify one of cancel_at and cancel_at_period_end.' });
    }
    const isPending = params.payment_behavior === 'pending_if_incomplete';
    if (isPending && (params.cancel_at !== undefined || params.cancel_at_period_end !== undefined)) {
      throw new Refusal(400, { message: 'pending_if_incomplete supports only some parameters.' });
    }
    this.#setCancellation(subscription, params);
    for (const [name, value] of Object.entries(asMap(params.metadata))) {
      if (value === '') delete subscription.metadata[name];
      else subscription.metadata[name] = value;
    }
    this.#setPrice(subscription, params);
    this.#happen('customer.subscription.updated', subscription);
    return subscription;
  }

  #setCancellation(subscription: Subscription, { cancel_at, cancel_at_period_end }: Params): void {
    const end = subscription.items.data[0]?.current_period_end ?? 0;
    if (cancel_at_period_end === 'true') {
      Object.assign(subscription, { cancel_at_period_end: true, cancel_at: end, canceled_at: seconds() });
    } else if (cancel_at_period_end === 'false' || cancel_at === '') {
      Object.assign(subscription, { cancel_at_period_end: false, cancel_at: null, canceled_at: null });
    }
  }

  #setPrice(subscription: Subscription, params: Params): void {
    const [given] = Object.values(asMap(params.items)) as unknown as Record<string, string>[];
    if (!given) return;
    const [item] = subscription.items.data;
    if (!item || item.id !== given.id) throw missing('subscription item', given.id ?? '', 'items[0][id]');
    const price = this.price(given.price ?? '', 'items[0][price]');
    const raised = pricedItem(item, price);
    if (params.proration_behavior === 'always_invoice' && price.id !== item.price.id) {
      const share = (item.current_period_end - seconds()) / (item.current_period_end - item.current_period_start);
      const amount = Math.round(((price.unit_amount ?? 0) - (item.price.unit_amount ?? 0)) * share);
      if (!this.#charge(subscription, amount, 'subscription_update')) {
        subscription.pending_update = { expires_at: seconds() + 82_800, subscription_items: [raised] };
        return;
      }
    }
    subscription.items.data = [raised];
  }

  /** The customer pays what is open, as by another card in the portal. */
  payOpenInvoices(id: string): void {
    const subscription = this.subscription(id);
    for (const invoice of this.openInvoices(id)) this.#pay(invoice);
    if (subscription.pending_update) subscription.items.data = subscription.pending_update.subscription_items;
    Object.assign(subscription, { pending_update: null, status: 'active' });
    this.#happen('customer.subscription.updated', subscription);
  }

  openInvoices(id: string): Invoice[] {
    const ofIt = ({ parent, status }: Invoice) => parent.subscription_details.subscription === id && status === 'open';
    return [...this.invoices.values()].filter(ofIt);
  }

  /** Moves all of it into the past: as if so much time had gone by. */
  age(id: string, days: number): void {
    const subscription = this.subscription(id);
    const by = days * 86_400;
    for (const item of subscription.items.data) {
      item.current_period_start -= by;
      item.current_period_end -= by;
    }
    if (subscription.cancel_at) subscription.cancel_at -= by;
    const { remuvr_held_until: until } = subscription.metadata;
    if (until) subscription.metadata.remuvr_held_until = String(Number(until) - by);
    for (const invoice of this.openInvoices(id)) invoice.created -= by;
  }

  /** The period ends: another begins and is paid, or fails to be, or none does. */
  renew(id: string): void {
    const subscription = this.subscription(id);
    if (subscription.cancel_at_period_end) {
      this.end(id);
      return;
    }
    for (const item of subscription.items.data) {
      const length = item.current_period_end - item.current_period_start;
      item.current_period_start = item.current_period_end;
      item.current_period_end += length;
    }
    const isPaid = this.#charge(subscription, subscription.items.data[0]?.price.unit_amount ?? 0, 'subscription_cycle');
    subscription.status = isPaid ? 'active' : 'past_due';
    this.#happen('customer.subscription.updated', subscription);
  }

  end(id: string): void {
    const subscription = this.subscription(id);
    Object.assign(subscription, { status: 'canceled', ended_at: seconds() });
    this.#happen('customer.subscription.deleted', subscription);
  }
}
