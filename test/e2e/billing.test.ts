/** Paying in a real browser: to the page of the payment and back, and what the plan page says meanwhile. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';
import { SIGNING_SECRET, STRIPE_KEY, type StripeServer, startStripeServer, tell } from '../helpers/stripe-server.ts';
import { signUp } from '../helpers/visitor.ts';

let stripe: StripeServer;
let installation: Installation;
let server: ServerProcess;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/ensure-web.mjs', import.meta.url)), '--strict']);
  stripe = await startStripeServer();
  installation = await createInstallation({
    STRIPE_SECRET_KEY: STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET: SIGNING_SECRET,
    STRIPE_API_URL: stripe.url,
  });
  server = await installation.start(['serve', '--no-worker']);
  const { cookies } = await signUp(server, 'ada@example.com');
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--no-first-run'] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url: server.url })));
  page = await context.newPage();
  page.on('console', (message) => {
    const isOurs = page.url().startsWith(server.url);
    if (isOurs && message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
});
afterAll(async () => {
  await browser?.close();
  await installation?.dispose();
  await stripe?.close();
});

const open = (address: string): Promise<unknown> => page.goto(server.url + address, { waitUntil: 'networkidle' });
const button = (name: string) => page.getByRole('button', { name, exact: true });
const says = (text: string) => page.getByText(text).first().waitFor();

let told = 0;
async function tellNews(): Promise<void> {
  for (const event of stripe.world.events.slice(told)) expect(await tell(server, event)).toBe(200);
  told = stripe.world.events.length;
}

/** In both themes, on a telephone and on a desk: nothing for axe to say, nothing wider than the window. */
async function expectAccessible(): Promise<void> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const [colorScheme, width] of [
    ['light', 375],
    ['dark', 375],
    ['dark', 1440],
    ['light', 1440],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const { axe: checker } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      const { violations } = await checker.run();
      const root = (globalThis as unknown as { document: { documentElement: { scrollWidth: number } } }).document;
      return [violations.map(({ id }) => id), root.documentElement.scrollWidth];
    });
    expect([page.url(), ...found]).toEqual([page.url(), [], width]);
  }
}

test('a payment that is broken off changes nothing, and the page says so', async () => {
  await open('/plan?checkout=left');
  await says('Nothing was paid');
  expect(await page.getByText('Billing is off').count()).toBe(0);
});

test('the plan is paid for on the other page, and is had when the payment is confirmed, not before', async () => {
  await button('Upgrade to Pro').click();
  await says('to pay $29 a month');
  await button('Go on to pay').click();
  await page.waitForURL('**/plan?checkout=done');
  await says('Waiting for Stripe to confirm the payment');
  await page.getByRole('heading', { name: 'Free', level: 2 }).waitFor();
  await expectAccessible();
  await tellNews();
  await says('The payment has arrived: you are on Pro now.');
  await page.getByRole('heading', { name: 'Pro', level: 2 }).waitFor();
  await says('of 5,000 removals this month');
  await says('The next payment is on');
});

test('more is had at once', async () => {
  await open('/plan');
  await button('Upgrade to Business').click();
  await says('The difference for the rest of this period is charged now, and $99 a month from the next one on');
  await button('Change to Business').click();
  await says('You are on Business now');
});

test('less waits for the end of the period, and is taken back, by keyboard', async () => {
  await page.getByRole('button', { name: 'Change to Pro' }).focus();
  await page.keyboard.press('Enter');
  await says('You keep Business until');
  await page.getByRole('dialog').getByRole('button', { name: 'Change to Pro' }).focus();
  await page.keyboard.press('Enter');
  await says('Pro begins when this period ends');
  await says('Pro from');
  await expectAccessible();
  await button('Stay on Business').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stay on Business' }).click();
  await page.getByText('Pro from').waitFor({ state: 'detached' });
});

test('what the bank refuses is paid on the page of the invoice', async () => {
  await page.getByRole('button', { name: 'Change to Pro' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Change to Pro' }).click();
  await says('Pro from');
  const [subscription] = [...stripe.world.subscriptions.values()];
  const id = subscription?.id ?? '';
  stripe.world.age(id, 30);
  stripe.world.renew(id);
  await tellNews();
  await open('/plan');
  stripe.world.isCardDeclined = true;
  await button('Upgrade to Business').click();
  await button('Change to Business').click();
  await page.waitForURL(`${stripe.url}/invoice/**`);
  stripe.world.isCardDeclined = false;
  stripe.world.payOpenInvoices(id);
  await tellNews();
  await open('/plan');
  await page.getByRole('heading', { name: 'Business', level: 2 }).waitFor();
});

test('a payment that failed is told with the end of the grace, and leads to where it is settled', async () => {
  const [subscription] = [...stripe.world.subscriptions.values()];
  const id = subscription?.id ?? '';
  stripe.world.isCardDeclined = true;
  stripe.world.age(id, 30);
  stripe.world.renew(id);
  stripe.world.isCardDeclined = false;
  await tellNews();
  await open('/plan');
  await says('The last payment failed.');
  await says('You keep Business until');
  await expectAccessible();
  await button('Settle the payment').click();
  await page.waitForURL(`${stripe.url}/portal/**`);
});

test('through all of it no page logged an error', () => {
  expect(complaints).toEqual([]);
});
