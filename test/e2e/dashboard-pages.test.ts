/** What the pages of the dashboard do besides the main path, in a real browser on the real program. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Dashboard, findViolations, openDashboard, tabTo } from '../helpers/dashboard.ts';
import { PHOTOS, type ServerProcess, until } from '../helpers/server.ts';
import { linkInLog, PASSWORD, signUp } from '../helpers/visitor.ts';
import { openWebhookReceiver, signByHand, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

let dashboard: Dashboard;
let server: ServerProcess;
let page: Page;
let key: string;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await openWebhookReceiver();
  const settings = { ALLOWED_WEBHOOK_HOSTS: receiver.host, WEBHOOK_RETRIES: 'none' };
  dashboard = await openDashboard({ GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'secret', ...settings });
  ({ server, page } = dashboard);
});
afterAll(async () => {
  await dashboard?.close();
  await receiver?.close();
});

const open = (address: string): Promise<void> => dashboard.open(address);
const button = (name: string | RegExp) => dashboard.button(name);
const pathOf = (link: string): string => link.slice(server.url.length);
const press = async (...keys: string[]): Promise<void> => {
  for (const one of keys) await page.keyboard.press(one);
};

async function remove(withKey: string, name: string): Promise<Response> {
  const form = new FormData();
  form.append('file', new Blob([await readFile(path.join(PHOTOS, name))]), name);
  return await fetch(`${server.url}/remove`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${withKey}` },
    body: form,
  });
}

async function downloaded(click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

test('by the keyboard alone: signs up, makes a key, removes a background, and takes it home', async () => {
  await open('/');
  await tabTo(page, 'Try it on a photo');
  await press('Enter');
  await page.waitForURL('**/sign-in?next=*');
  await tabTo(page, 'Make an account');
  await press('Enter');
  await page.waitForURL('**/sign-up?*');
  for (const [field, text] of [
    ['Name', 'Ada'],
    ['E-mail', 'ada@example.com'],
    ['Password', PASSWORD],
  ] as const) {
    await tabTo(page, field);
    await page.keyboard.type(text);
  }
  await press('Enter');
  await page.getByText('The link is in the server’s log').waitFor();
  await page.goto(await linkInLog(server, 'verify-email', 'ada@example.com'), { waitUntil: 'networkidle' });
  await tabTo(page, 'E-mail');
  await page.keyboard.type('ada@example.com');
  await tabTo(page, 'Password');
  await page.keyboard.type(PASSWORD);
  await press('Enter');
  await page.waitForURL('**/playground');
  await tabTo(page, 'API keys');
  await press('Enter');
  await tabTo(page, 'New key');
  await press('Enter');
  await page.getByRole('dialog', { name: 'New key' }).waitFor();
  await page.keyboard.type('laptop');
  await press('Enter');
  await page.getByTestId('new-key').waitFor();
  await press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await tabTo(page, 'New key');
  await press('Enter');
  await page.getByRole('dialog', { name: 'New key' }).waitFor();
  await press('Escape');
  // The focus is where it was before the dialog.
  await page.locator(':focus', { hasText: 'New key' }).waitFor();
  await press('Enter');
  await page.getByRole('dialog', { name: 'New key' }).waitFor();
  await press('Escape');
  await page.locator(':focus', { hasText: 'New key' }).waitFor();
  await tabTo(page, 'Skip to the content');
  await tabTo(page, 'Playground');
  await press('Enter');
  await tabTo(page, 'Take the sample: Cup');
  await press('Enter');
  await button('PNG').waitFor({ timeout: 60_000 });
  // What was pressed is gone; the focus is on the picture, not at the page's beginning.
  expect(await page.locator(':focus').getAttribute('aria-label')).toBe('coffee.jpg, done');
  await tabTo(page, 'PNG');
  const { name } = await downloaded(() => press('Enter'));
  expect(name).toBe('coffee-cutout.png');
});

test('a key has limits and an end of its own, stands in the samples, and is rotated with an overlap', async () => {
  await open('/plan');
  await button('Upgrade to Pro').click();
  await button('Change to Pro').click();
  await page.getByText('You are on Pro now').waitFor();
  await open('/keys');
  await button('New key').click();
  await page.getByRole('textbox', { name: 'Name' }).fill('catalogue');
  await page.getByText('Limits of its own').click();
  await page.getByLabel('Expires on').fill('2099-12-31');
  await page.getByLabel('Removals a month').fill('1200');
  expect(await findViolations(page)).toEqual([]);
  await button('Make the key').click();
  key = (await page.getByTestId('new-key').textContent()) ?? '';
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('link', { name: 'See it in the samples' }).click();
  const sample = page.getByRole('region', { name: 'Sample: curl' });
  await until('the sample has the key', async () => (await sample.textContent())?.includes(key));
  expect(await sample.textContent()).toContain(`${server.url}/remove`);

  await page.getByRole('navigation').getByRole('link', { name: 'API keys' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'catalogue' });
  await row.getByText('31 Dec 2099').waitFor();
  await row.getByText('1,200 a month').waitFor();
  await button('Rotate catalogue').click();
  await page.getByText('1 hour').click();
  expect(await findViolations(page)).toEqual([]);
  await button('Rotate').click();
  const next = (await page.getByTestId('new-key').textContent()) ?? '';
  expect(next).not.toBe(key);
  expect([(await remove(key, 'chelsea.png')).status, (await remove(next, 'coffee.png')).status]).toEqual([200, 200]);
});

test('a key for a page names the origins that may use it', async () => {
  await open('/keys');
  await button('New key').click();
  await page.getByRole('textbox', { name: 'Name' }).fill('web page');
  await page.getByText('Publishable', { exact: true }).click();
  await page.getByLabel('Origins that may use it').fill('https://shop.example');
  await button('Make the key').click();
  expect(await page.getByTestId('new-key').textContent()).toMatch(/^rmv_pub_/);
  await button('I have it').click();
  await page.getByText('https://shop.example').waitFor();
});

test('the usage tells the day the month starts anew, each key and the speed, and goes home as CSV', async () => {
  await open('/usage');
  const now = new Date();
  const reset = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
  await page.getByText(`Starts anew on 1 ${reset.toLocaleDateString('en-GB', { month: 'short' })}`).waitFor();
  expect(await page.locator('dt', { hasText: '95 % within' }).locator('+ dd').textContent()).toMatch(/^[\d.]+ m?s$/);
  const row = page.getByRole('row', { name: /^Playground/ });
  expect(await row.getByRole('cell').allTextContents()).toEqual(['Playground', '1', '0']);
  const { name, text } = await downloaded(() => page.getByRole('link', { name: 'CSV' }).click());
  const month = now.toISOString().slice(0, 7);
  expect(name).toBe(`remuvr-usage-${month}.csv`);
  expect(text.split('\n')[0]?.trim()).toBe('date,key,succeeded,failed');
  expect(text).toContain('"Playground",1,0');
});

test('jobs are filtered, tell their timings, and are deleted at once with their picture', async () => {
  await open('/jobs');
  await page.getByText('Failed', { exact: true }).click();
  await page.getByRole('heading', { name: 'No job in this state' }).waitFor();
  await page.getByText('Completed', { exact: true }).click();
  const jobs = page.getByRole('listitem').filter({ hasText: 'confidence' });
  await until('three jobs are listed', async () => (await jobs.count()) === 3);
  expect(await jobs.first().textContent()).toMatch(/queue \d.*decode \d.*infer \d.*encode \d/);
  const result = String(await jobs.first().getByRole('link').getAttribute('href'));
  expect((await fetch(server.url + result)).status).toBe(200);
  await jobs.first().getByRole('button').click();
  expect(await findViolations(page)).toEqual([]);
  await button('Delete now').click();
  await until('two jobs are listed', async () => (await jobs.count()) === 2);
  expect((await fetch(server.url + result)).status).toBeGreaterThanOrEqual(404);
});

test('a signing secret is made and rotated, and a receiver is tried, with every attempt in the list', async () => {
  await open('/webhooks');
  await page.getByRole('heading', { name: 'Nothing sent yet' }).waitFor();
  await button('Make a secret').click();
  const old = (await page.getByTestId('new-secret').textContent()) ?? '';
  expect(await findViolations(page)).toEqual([]);
  await button('I have it').click();
  await button('Rotate the secret').click();
  expect(await findViolations(page)).toEqual([]);
  await button('Rotate').click();
  const secret = (await page.getByTestId('new-secret').textContent()) ?? '';
  await button('I have it').click();
  await page.getByText('signs along until').waitFor();
  receiver.answer((response) => void response.writeHead(500).end());
  await page.getByLabel('URL of your server').fill(receiver.url);
  await button('Send a test').click();
  const row = page.getByRole('listitem').filter({ hasText: 'webhook.test' });
  await row.getByText('failed').waitFor();
  const [told] = receiver.received;
  if (!told) throw new Error('nothing came');
  expect(told.headers['webhook-signature']).toBe(`${signByHand(told, secret)} ${signByHand(told, old)}`);
  receiver.answer((response) => void response.writeHead(204).end());
  await row.getByRole('button', { name: /^Send again/ }).click();
  await row.getByText('2 attempts: answered 204').click();
  await row.getByText('answered 500').waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('GitHub is linked from the account where the operator has set it up', async () => {
  await open('/account');
  const asked = page.waitForRequest(/^https:\/\/github\.com\/login\/oauth\/authorize/);
  await page.route('https://github.com/**', (route) => route.fulfill({ body: 'GitHub' }));
  await button('Link GitHub').click();
  await page.waitForURL('https://github.com/**');
  const { searchParams } = new URL((await asked).url());
  expect(searchParams.get('client_id')).toBe('id');
  expect(searchParams.get('redirect_uri')).toContain('/api/auth/callback/github');
});

test('who wants no mails about the quota says so in the account', async () => {
  await open('/account');
  const alerts = page.getByRole('checkbox', { name: 'Mail me at 80 % and at 100 % of my quota' });
  expect(await alerts.isChecked()).toBe(true);
  await alerts.click();
  await page.getByText('You will not be mailed').waitFor();
  expect(await alerts.isChecked()).toBe(false);
  expect(await findViolations(page)).toEqual([]);
  await open('/account');
  await alerts.waitFor();
  expect(await alerts.isChecked()).toBe(false);
});

test('a preset is saved, changed and deleted in the account; one that is refused says why', async () => {
  await open('/account');
  await page.getByText('You have none yet.').waitFor();
  const save = async (name: string, parameters: string) => {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Parameters').fill(parameters);
    await button('Save the preset').click();
  };
  await save('shop', 'preset=amazon & background=#f5f5f5 & scale=85%');
  await page.getByText('preset=amazon & background=#f5f5f5 & scale=85%').waitFor();
  await save('shop', 'crop=true');
  await page.getByText('crop=true').waitFor();
  await save('shop', 'background=reddish');
  await page.getByRole('alert').getByText('The parameter "background" must be').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await button('Delete the preset shop').click();
  await page.getByText('You have none yet.').waitFor();
});

test('every dialog of the account and of the admin is without fault', async () => {
  await signUp(server, 'grace@example.com');
  await open('/account');
  await button('Delete the account').click();
  expect(await findViolations(page)).toEqual([]);
  await press('Escape');
  await button('Turn it on').click();
  await page.getByLabel('Your password').fill(PASSWORD);
  await press('Enter');
  await page.getByTestId('totp-secret').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await open('/admin');
  await button('Change ada@example.com').click();
  await page.getByLabel('Plan').selectOption('enterprise');
  expect(await findViolations(page)).toEqual([]);
});

test('a page whose answer does not come says so, and asks again by a button', async () => {
  await page.route('**/api/usage?*', (route) => route.abort());
  await open('/usage');
  await page.getByRole('alert').getByText('The server cannot be reached').waitFor();
  await page.unroute('**/api/usage?*');
  await button('Try again').click();
  await page.getByTestId('used').waitFor();
});

test('on a low screen the whole menu is reached, and Escape closes it', async () => {
  const [width, height] = [375, 420];
  await page.setViewportSize({ width, height });
  await open('/usage');
  await button('Open the menu').click();
  await button('Sign out').scrollIntoViewIfNeeded();
  const box = await button('Sign out').boundingBox();
  expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
  await press('Escape');
  await button('Sign out').waitFor({ state: 'hidden' });
  expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Open the menu');
  await page.setViewportSize({ width: 1440, height: 900 });
});

test('a change of address says which link comes next, and when it is done', async () => {
  const newEmail = 'ada.new@example.com';
  await open('/account');
  const email = (await (await page.request.get(`${server.url}/api/me`)).json()).user.email;
  await page.getByLabel('New e-mail').fill(newEmail);
  await button('Change').click();
  await open(pathOf(await linkInLog(server, 'change-email', email)));
  await page.getByText(`open the link that was sent to ${newEmail}`).waitFor();
  await open(pathOf(await linkInLog(server, 'verify-email', newEmail)));
  await page.getByText('Your address is changed').waitFor();
});

test('who was signed out elsewhere is led to signing in, and back to the page', async () => {
  await open('/keys');
  await dashboard.context.clearCookies();
  await page.getByRole('link', { name: 'Usage' }).click();
  await page.waitForURL(`${server.url}/sign-in?next=%2Fusage`);
});

test('a picture that is sent after the session has ended leads to signing in, and back to the playground', async () => {
  await dashboard.become(await signUp(server, 'lise@example.com'));
  await open('/playground');
  await button('Take the sample: Cup').waitFor();
  await dashboard.context.clearCookies();
  await button('Take the sample: Cup').click();
  await page.waitForURL(`${server.url}/sign-in?next=%2Fplayground`);
});

test('the reference finds a call, and its curl works as it is copied', async () => {
  await open('/docs#getStatus');
  await page.getByRole('heading', { name: 'Ask for a job' }).waitFor();
  await page.getByLabel('Paste your key').fill(await dashboard.installation.createKey('--plan', 'pro'));
  await page.getByLabel('Find a call').fill('v1/auth');
  await page.getByText(/^1 of \d+ calls$/).waitFor();
  const sample = await page.getByRole('region', { name: 'curl: GET /v1/auth' }).textContent();
  const { stdout } = await promisify(execFile)('sh', ['-c', `${sample} -s`]);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'success' });
  await page.getByLabel('Find a call').fill('nothing like this');
  await page.getByRole('heading', { name: 'No call has all of these words' }).waitFor();
  await button('Show all calls').click();
  await page.getByText(/^(\d+) of \1 calls$/).waitFor();
});
