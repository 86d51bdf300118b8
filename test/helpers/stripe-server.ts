/** A small Stripe: HTTP, keys, forms and idempotency as the real one has them, on top of `StripeWorld`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import Stripe from 'stripe';
import { newId } from './stripe-objects.ts';
import { type Params, Refusal, type StripeEvent, StripeWorld } from './stripe-world.ts';

export const STRIPE_KEY = 'sk_test_51RemuvrTestsOnlyKey';
export const SIGNING_SECRET = 'whsec_RemuvrTestsOnlySecret';

export type StripeServer = {
  readonly url: string;
  readonly world: StripeWorld;
  /** `broken` answers 500, `silent` never. */
  mood: 'well' | 'broken' | 'silent';
  /** What was asked for so far, such as `POST /v1/customers`. */
  readonly asked: string[];
  close(): Promise<void>;
};

type Call = { readonly world: StripeWorld; readonly params: Params; readonly id: string };
type Route = {
  readonly pattern: RegExp;
  readonly params: readonly string[];
  readonly answer: (call: Call) => unknown;
};

const list = (url: string, data: readonly unknown[]) => ({ object: 'list', data, has_more: false, url });
const valuesOf = (params: Params | string | undefined): string[] =>
  typeof params === 'object' ? (Object.values(params) as string[]) : [];

/** Parameters that are not named here are refused, as Stripe refuses those that it does not know. */
const ROUTES: readonly Route[] = [
  {
    pattern: /^GET \/v1\/account$/,
    params: [],
    answer: () => ({ id: 'acct_1Remuvr', object: 'account', settings: { dashboard: { display_name: 'Cut & Co' } } }),
  },
  {
    pattern: /^POST \/v1\/customers$/,
    params: ['email', 'metadata'],
    answer: ({ world, params }) => world.createCustomer(params),
  },
  { pattern: /^DELETE \/v1\/customers\/(\w+)$/, params: [], answer: ({ world, id }) => world.deleteCustomer(id) },
  {
    pattern: /^POST \/v1\/products$/,
    params: ['id', 'name'],
    answer: ({ world, params }) => world.createProduct(params),
  },
  {
    pattern: /^GET \/v1\/prices$/,
    params: ['lookup_keys', 'active', 'limit'],
    answer({ world, params }) {
      const keys = valuesOf(params.lookup_keys);
      return list(
        '/v1/prices',
        [...world.prices.values()].filter((one) => keys.includes(one.lookup_key ?? '')),
      );
    },
  },
  {
    pattern: /^POST \/v1\/prices$/,
    params: ['product', 'currency', 'unit_amount', 'recurring', 'lookup_key', 'metadata'],
    answer: ({ world, params }) => world.createPrice(params),
  },
  { pattern: /^GET \/v1\/prices\/(\w+)$/, params: [], answer: ({ world, id }) => world.price(id) },
  {
    pattern: /^POST \/v1\/prices\/(\w+)$/,
    params: ['metadata'],
    answer({ world, params, id }) {
      const price = world.price(id);
      Object.assign(price.metadata, params.metadata);
      return price;
    },
  },
  {
    pattern: /^GET \/v1\/checkout\/sessions$/,
    params: ['customer', 'status', 'limit'],
    answer({ world, params }) {
      const isAsked = (one: { customer: unknown; status: unknown }) =>
        one.customer === params.customer && one.status === params.status;
      return list('/v1/checkout/sessions', [...world.sessions.values()].filter(isAsked));
    },
  },
  {
    pattern: /^POST \/v1\/checkout\/sessions$/,
    params: [
      'mode',
      'customer',
      'client_reference_id',
      'line_items',
      'metadata',
      'subscription_data',
      'success_url',
      'cancel_url',
    ],
    answer: ({ world, params }) => world.createSession(params),
  },
  {
    pattern: /^POST \/v1\/checkout\/sessions\/(\w+)\/expire$/,
    params: [],
    answer: ({ world, id }) => Object.assign(world.sessions.get(id) ?? {}, { status: 'expired', url: null }),
  },
  {
    pattern: /^POST \/v1\/billing_portal\/sessions$/,
    params: ['customer', 'return_url'],
    answer({ world, params }) {
      const customer = String(params.customer);
      if (!world.customers.has(customer)) {
        throw new Refusal(400, {
          code: 'resource_missing',
          param: 'customer',
          message: `No such customer: '${customer}'`,
        });
      }
      const id = newId('bps');
      return {
        id,
        object: 'billing_portal.session',
        customer,
        return_url: params.return_url,
        url: `${world.url}/portal/${id}`,
      };
    },
  },
  {
    pattern: /^GET \/v1\/subscriptions$/,
    params: ['customer', 'limit'],
    answer({ world, params }) {
      // Without a status Stripe lists all that are not cancelled.
      const all = [...world.subscriptions.values()];
      return list(
        '/v1/subscriptions',
        all.filter((one) => one.customer === params.customer && one.status !== 'canceled'),
      );
    },
  },
  { pattern: /^GET \/v1\/subscriptions\/(\w+)$/, params: [], answer: ({ world, id }) => world.subscription(id) },
  {
    pattern: /^POST \/v1\/subscriptions\/(\w+)$/,
    params: [
      'items',
      'metadata',
      'cancel_at',
      'cancel_at_period_end',
      'proration_behavior',
      'payment_behavior',
      'expand',
    ],
    answer({ world, params, id }) {
      const changed = world.updateSubscription(id, params);
      const isExpanded = valuesOf(params.expand).includes('latest_invoice');
      return isExpanded ? { ...changed, latest_invoice: world.invoices.get(String(changed.latest_invoice)) } : changed;
    },
  },
  {
    pattern: /^GET \/v1\/invoices$/,
    params: ['subscription', 'status', 'limit'],
    answer: ({ world, params }) => list('/v1/invoices', world.openInvoices(String(params.subscription))),
  },
];

/** `items[0][price]=x` as { items: { 0: { price: x } } }. */
function parseForm(text: string): Params {
  const root: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.split(/[[\]]+/).filter((part) => part !== '');
    const last = path.pop() ?? '';
    let place = root;
    for (const part of path) {
      place[part] ??= {};
      place = place[part] as Record<string, unknown>;
    }
    place[last] = value;
  }
  return root as Params;
}

function answer(world: StripeWorld, method: string, url: URL, form: string, authorization: string): unknown {
  if (authorization !== `Bearer ${STRIPE_KEY}`)
    throw new Refusal(401, { message: 'Invalid API Key provided: sk_****' });
  const name = `${method} ${url.pathname}`;
  const route = ROUTES.find(({ pattern }) => pattern.test(name));
  if (!route) throw new Refusal(404, { message: `Unrecognized request URL (${name}).` });
  const params = parseForm(method === 'POST' ? form : url.search);
  const unknown = Object.keys(params).find((param) => !route.params.includes(param));
  if (unknown) {
    throw new Refusal(400, {
      code: 'parameter_unknown',
      param: unknown,
      message: `Received unknown parameter: ${unknown}`,
    });
  }
  return route.answer({ world, params, id: route.pattern.exec(name)?.[1] ?? '' });
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

export async function startStripeServer(): Promise<StripeServer> {
  const world = new StripeWorld();
  const answered = new Map<string, { form: string; status: number; body: unknown }>();
  const answerOnce = (method: string, url: URL, form: string, headers: IncomingMessage['headers']) => {
    const key = String(headers['idempotency-key'] ?? newId('none'));
    const known = answered.get(key);
    if (known && known.form !== form) {
      const message =
        'Keys for idempotent requests can only be used with the same parameters they were first used with.';
      return { form, status: 400, body: { error: { type: 'idempotency_error', message } } };
    }
    const fresh = { form, ...settle(() => answer(world, method, url, form, String(headers.authorization))) };
    const result = known ?? fresh;
    answered.set(key, result);
    return result;
  };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://stripe');
    const form = await readText(request);
    if (payPage(url.pathname, response)) return;
    stripe.asked.push(`${request.method} ${url.pathname}`);
    if (stripe.mood === 'silent') return;
    const { status, body } =
      stripe.mood === 'broken'
        ? { status: 500, body: { error: { type: 'api_error', message: 'An unknown error occurred' } } }
        : answerOnce(request.method ?? '', url, form, request.headers);
    response.writeHead(status, { 'Content-Type': 'application/json', 'Request-Id': newId('req') });
    response.end(JSON.stringify(body));
  };
  /** Whoever opens the page of a checkout has paid, and is sent on; the others stand still. */
  const payPage = (path: string, response: ServerResponse): boolean => {
    const id = /^\/pay\/(\w+)$/.exec(path)?.[1];
    if (id !== undefined) {
      world.completeCheckout(path);
      response.writeHead(303, { Location: world.sessions.get(id)?.success_url ?? '' }).end();
      return true;
    }
    if (!path.startsWith('/portal/') && !path.startsWith('/invoice/')) return false;
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>Stripe</title>');
    return true;
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  world.url = `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`;
  const stripe: StripeServer = {
    url: world.url,
    world,
    mood: 'well',
    asked: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stripe;
}

function settle(work: () => unknown): { status: number; body: unknown } {
  try {
    return { status: 200, body: structuredClone(work()) };
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: error.body };
    throw error;
  }
}

const { webhooks } = new Stripe(STRIPE_KEY);

export type Signing = { readonly secret?: string; readonly timestamp?: number; readonly payload?: string };

/** Sends an event as Stripe does, signed by Stripe's own helper. Returns the status of the answer. */
export async function tell(
  server: { readonly url: string },
  event: StripeEvent,
  signing: Signing = {},
): Promise<number> {
  const payload = JSON.stringify(event, null, 2);
  const { secret = SIGNING_SECRET, timestamp = Math.floor(Date.now() / 1000) } = signing;
  const signature = webhooks.generateTestHeaderString({ payload, secret, timestamp });
  const answered = await fetch(`${server.url}/webhooks/stripe`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': signature },
    body: signing.payload ?? payload,
  });
  await answered.arrayBuffer();
  return answered.status;
}
