/** The dashboard in a real browser, on the real program: what a person does from signing up to a revoked key. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Dashboard, findSmallTargets, findViolations, openDashboard } from '../helpers/dashboard.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { PHOTOS, type ServerProcess, until } from '../helpers/server.ts';
import { nextTotpCode, totpCode } from '../helpers/totp.ts';
import { linkInLog } from '../helpers/visitor.ts';

/** Longer than any page is wide on a telephone. */
const ADA = {
  name: 'Augusta Ada King-Noel, Countess of Lovelace',
  email: 'ada.king.countess.of.lovelace@analytical-engine.example.com',
};
const PASSWORDS = ['correct horse battery', 'staple of another horse'] as const;

let dashboard: Dashboard;
let server: ServerProcess;
let page: Page;
let key: string;
let secretUri: string;

beforeAll(async () => {
  dashboard = await openDashboard({ GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'secret', LANDING_DEMO: 'true' });
  ({ server, page } = dashboard);
});
afterAll(() => dashboard?.close());

const open = (address: string): Promise<void> => dashboard.open(address);
const button = (name: string | RegExp) => dashboard.button(name);

async function removeByKey(): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([await readFile(path.join(PHOTOS, 'chelsea.png'))]), 'chelsea.png');
  return await fetch(`${server.url}/remove`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: form,
  });
}

async function signIn(password: string): Promise<void> {
  await open('/sign-in');
  await page.getByLabel('E-mail').fill(ADA.email);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

test('the landing page is there soon, and nothing on it moves while it comes', async () => {
  await page.addInitScript(() => {
    type Entry = { entryType: string; startTime: number; value?: number };
    type Observer = new (
      on: (list: { getEntries(): Entry[] }) => void,
    ) => {
      observe(options: { type: string; buffered: boolean }): void;
    };
    const scope = globalThis as unknown as { PerformanceObserver: Observer; seen: Entry[] };
    scope.seen = [];
    for (const type of ['largest-contentful-paint', 'layout-shift']) {
      new scope.PerformanceObserver((list) => {
        const kept = list.getEntries().map(({ entryType, startTime, value }) => ({ entryType, startTime, value }));
        scope.seen.push(...(kept as Entry[]));
      }).observe({ type, buffered: true });
    }
  });
  await expectStillLanding();
});

async function expectStillLanding(): Promise<void> {
  for (const width of [1440, 375]) {
    await page.setViewportSize({ width, height: 900 });
    await open('/');
    const seen = await page.evaluate(
      () => (globalThis as unknown as { seen: { entryType: string; value?: number }[] }).seen,
    );
    expect(seen.some(({ entryType }) => entryType === 'largest-contentful-paint')).toBe(true);
    const shift = seen.reduce((sum, { value = 0 }) => sum + value, 0);
    expect([width, shift < 0.01, shift]).toEqual([width, true, shift]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('the landing page shows the cut-out that this very server has made, and says so, as still as before', async () => {
  const picture = `${server.url}/api/demo/astronaut`;
  await until('the server has made the first cut-out', async () => (await fetch(picture)).ok);
  await expectStillLanding();
  const shown = page.getByAltText(
    'Portrait of an astronaut in an orange suit, her helmet beside her, background removed',
  );
  expect(await shown.getAttribute('src')).toMatch(/^\/api\/demo\/astronaut\?v=/);
  const width = await shown.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
  expect(width).toBe(512);
  await page.getByText(/^Made by this server with isnet in \d+\.\d s$/).waitFor();
});

test('the first person signs up, proves the address by the link of the log, and signs in', async () => {
  await open('/');
  await page.getByRole('link', { name: 'Start with Pro' }).click();
  await page.getByText('will be the admin').waitFor();
  await page.getByLabel('Name').fill(ADA.name);
  await page.getByLabel('E-mail').fill(ADA.email);
  await page.getByLabel('Password').fill(PASSWORDS[0]);
  await page.keyboard.press('Enter');
  await page.getByText('The link is in the server’s log').waitFor();
  await page.goto(await linkInLog(server, 'verify-email', ADA.email), { waitUntil: 'networkidle' });
  await page.waitForURL('**/sign-in?done=verified*');
  await page.getByText('Your address is verified').waitFor();
  await page.getByLabel('E-mail').fill(ADA.email);
  await page.getByLabel('Password').fill(PASSWORDS[0]);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/plan?choose=pro');
});

test('finds the plan that was picked before, chooses it, and makes a key', async () => {
  await page.getByText('You chose this').waitFor();
  await page.getByText('Billing is off on this server').waitFor();
  await button('Upgrade to Pro').click();
  await button('Change to Pro').click();
  await page.getByText('You are on Pro now').waitFor();
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'New key' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('laptop');
  await page.keyboard.press('Enter');
  key = (await page.getByTestId('new-key').textContent()) ?? '';
  expect(key).toMatch(/^rmv_live_\w+$/);
  await button('I have it').click();
  await page.getByText('laptop', { exact: true }).waitFor();
});

test('removes a background in the playground, touches it up, and takes it home', async () => {
  await page.getByRole('link', { name: 'Playground' }).click();
  await button('Take the sample: Portrait').click();
  await button('PNG').waitFor({ timeout: 60_000 });
  const alphaOfTheMiddle = async (): Promise<number> => {
    const [download] = await Promise.all([page.waitForEvent('download'), button('PNG').click()]);
    expect(download.suggestedFilename()).toBe('astronaut-cutout.png');
    const { default: sharp } = await import('sharp');
    const { data, info } = await sharp(await download.path())
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([512, 512, 4]);
    return data[(256 * 512 + 256) * 4 + 3] ?? -1;
  };
  expect(await alphaOfTheMiddle()).toBeGreaterThan(250);
  await page.getByText('Erase', { exact: true }).click();
  const box = await page.locator('canvas').boundingBox();
  if (!box) throw new Error('there is no canvas');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  expect(await alphaOfTheMiddle()).toBe(0);
  await button('Undo').click();
  expect(await alphaOfTheMiddle()).toBeGreaterThan(250);
});

test('the key works outside of the page, and the usage shows both removals', async () => {
  expect((await removeByKey()).status).toBe(200);
  await open('/usage');
  await until('the usage shows 2', async () => (await page.getByTestId('used').textContent())?.trim() === '2');
  expect(await page.getByRole('cell', { name: 'laptop' }).count()).toBe(1);
  await open('/jobs');
  expect(await page.getByText('completed', { exact: true }).count()).toBe(2);
});

test('an enterprise limit that the admin sets binds', async () => {
  await open('/admin');
  await button(`Change ${ADA.email}`).click();
  await page.getByLabel('Plan').selectOption('enterprise');
  await page.getByLabel('Removals a month').fill('2');
  await button('Save').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  const refused = await removeByKey();
  expect([refused.status, await refused.json()]).toEqual([429, expect.objectContaining({ code: 'quota_exceeded' })]);
});

test('a revoked key is refused', async () => {
  await open('/keys');
  await button('Revoke laptop').click();
  await button('Revoke the key').click();
  await page.getByText('Revoked keys (1)').waitFor();
  expect((await removeByKey()).status).toBe(401);
});

test('with two factors, the password alone does not let in', async () => {
  await open('/account');
  await button('Turn it on').click();
  await page.getByLabel('Your password').fill(PASSWORDS[0]);
  await button('Go on').click();
  const secret = await page.getByTestId('totp-secret').textContent();
  secretUri = `otpauth://totp/x?secret=${secret}&digits=6&period=30`;
  await page.getByLabel('The code that it shows now').fill(totpCode(secretUri));
  await page.getByRole('dialog').getByRole('button', { name: 'Turn it on' }).click();
  await page.getByText('Two-factor sign-in is on').waitFor();
  await button('Sign out').click();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  await signIn(PASSWORDS[0]);
  await page.waitForURL('**/two-factor*');
  await page.getByLabel('Code of 6 digits').fill(nextTotpCode(secretUri));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/playground');
});

test('a forgotten password is replaced by the link of the log', async () => {
  await button('Sign out').click();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  await open('/forgot-password');
  await page.getByLabel('E-mail').fill(ADA.email);
  await page.keyboard.press('Enter');
  await page.getByText('a link is on its way').waitFor();
  await page.goto(await linkInLog(server, 'reset-password', ADA.email));
  await page.getByLabel('New password').fill(PASSWORDS[1]);
  await page.keyboard.press('Enter');
  await page.getByText('Your new password holds').waitFor();
  await signIn(PASSWORDS[1]);
  // As if the codes before had been used earlier: none of a step is taken after one of a later step.
  await queryOwnDatabase(dashboard.installation, 'update remuvr_auth."twoFactor" set "lastStep" = 0');
  await page.getByLabel('Code of 6 digits').fill(totpCode(secretUri));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/playground');
});

const PAGES = [
  '/',
  '/playground',
  '/keys',
  '/usage',
  '/jobs',
  '/webhooks',
  '/plan',
  '/account',
  '/guide',
  '/docs',
  '/admin',
  '/nothing-here',
];
const OUTSIDE = ['/sign-in', '/sign-up', '/forgot-password', '/reset-password?token=x', '/verify-email', '/two-factor'];

const LOOKS = [
  ['light', 1440],
  ['dark', 375],
  ['dark', 1440],
  ['light', 375],
] as const;

test.each([...PAGES, ...OUTSIDE])(
  'axe finds nothing on %s, light or dark, at 1440 px or 375, nothing is wider than the window, and a finger meets everything',
  async (address) => {
    await open(address);
    for (const [colorScheme, width] of LOOKS) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.locator('html').evaluate(({ scrollWidth }) => scrollWidth);
      const small = width < 600 ? await findSmallTargets(page) : [];
      expect([colorScheme, await findViolations(page), wide, small]).toEqual([colorScheme, [], width, []]);
    }
  },
);

test('through all of it no page asked another host, or logged an error', () => {
  expect(dashboard.complaints).toEqual([]);
});
