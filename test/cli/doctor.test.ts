/** `remuvr doctor` on an installation that collects money by Stripe. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation } from '../helpers/server.ts';
import { SIGNING_SECRET, STRIPE_KEY, type StripeServer, startStripeServer } from '../helpers/stripe-server.ts';

let stripe: StripeServer;

beforeAll(async () => {
  stripe = await startStripeServer();
});
afterAll(() => stripe?.close());

/** What it says of billing, with the mark before it. */
async function examine(settings: Record<string, string>): Promise<string | undefined> {
  const installation: Installation = await createInstallation(settings);
  try {
    const run = installation.run('doctor').catch((error: { stdout: string }) => error);
    return (await run).stdout.split('\n').find((line) => /\bbilling:/.test(line));
  } finally {
    await installation.dispose();
  }
}

const withStripe = (key: string, url: string): Record<string, string> => ({
  STRIPE_SECRET_KEY: key,
  STRIPE_WEBHOOK_SECRET: SIGNING_SECRET,
  STRIPE_API_URL: url,
});

test('names the account that the key of Stripe is of', async () => {
  expect(await examine(withStripe(STRIPE_KEY, stripe.url))).toBe(
    'ok    billing: Stripe knows a test key of Cut & Co (acct_1Remuvr)',
  );
});

test('a key that Stripe does not know is a fault, and is not shown', async () => {
  const line = await examine(withStripe('sk_test_somebodyElses', stripe.url));
  expect(line).toMatch(/^FAIL {2}billing: Stripe refuses the key of STRIPE_SECRET_KEY: .*Invalid API Key/);
  expect(line).not.toContain('somebodyElses');
});

test('without a way to Stripe it says so, and finds no fault', async () => {
  expect(await examine(withStripe(STRIPE_KEY, 'http://127.0.0.1:9'))).toMatch(/^ok {4}billing: .*cannot be reached/);
});

test('without a key of Stripe nothing is said of billing', async () => {
  expect(await examine({})).toBeUndefined();
});
