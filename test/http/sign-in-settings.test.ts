/** The settings of signing in: SMTP_URL, MAIL_FROM, AUTH_SECRET, PUBLIC_URL, and the providers. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../helpers/mail-server.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { PASSWORD, Visitor } from '../helpers/visitor.ts';

const SECRET = 'a-secret-of-at-least-thirty-two-characters';
const PROVIDER_SECRET = 'the-secret-of-the-provider';

let mailServer: MailServer;
let installation: Installation;
let server: ServerProcess;
/** Where it listens; what it says of itself is the address of the proxy in front. */
let local: { url: string };

beforeAll(async () => {
  mailServer = await startMailServer();
  installation = await createInstallation({
    PUBLIC_URL: 'https://remuvr.example',
    SMTP_URL: mailServer.url,
    MAIL_FROM: 'Remuvr <hello@remuvr.example>',
    AUTH_SECRET: SECRET,
    GITHUB_CLIENT_ID: 'an-id',
    GITHUB_CLIENT_SECRET: PROVIDER_SECRET,
    GOOGLE_CLIENT_ID: 'without-its-secret',
  });
  server = await installation.start(['serve', '--no-worker']);
  local = { url: /Server listening at (http:[^"]+)/.exec(server.log())?.[1] ?? '' };
});
afterAll(async () => {
  await installation?.dispose();
  await mailServer?.close();
});

/** Long lines of a mail are broken by `=` at their end, and `=3D` is an equals sign (RFC 2045). */
const textOf = (mail: string): string => mail.replace(/=\n/g, '').replaceAll('=3D', '=');

test('mails go out by SMTP from MAIL_FROM, with links to PUBLIC_URL, and not into the log', async () => {
  const visitor = new Visitor(local);
  const body = { email: 'ada@example.com', name: 'Ada', password: PASSWORD, callbackURL: '/sign-in?done=verified' };
  expect((await visitor.post('/api/auth/sign-up/email', body)).status).toBe(200);
  const mail = textOf(await until('the mail arrives', async () => mailServer.mails[0]));
  expect(mail).toMatch(/^From: Remuvr <hello@remuvr\.example>$/m);
  expect(mail).toMatch(/^To: ada@example\.com$/m);
  const link = /https:\/\/remuvr\.example\/api\/auth\/verify-email\?\S+/.exec(mail)?.[0] ?? '';
  expect(link).not.toBe('');
  expect(server.log()).not.toContain('verify-email?');
  const { pathname, search } = new URL(link);
  const followed = await visitor.ask(pathname + search);
  expect([followed.status, followed.headers.get('location')]).toEqual([302, '/sign-in?done=verified']);
  expect(followed.headers.getSetCookie()).toEqual([]);
  const signedIn = await visitor.post('/api/auth/sign-in/email', { email: body.email, password: PASSWORD });
  // The proxy speaks https, so no browser sends it to anything else.
  const [cookie = ''] = signedIn.headers.getSetCookie();
  expect(cookie).toMatch(/^__Secure-remuvr\.session_token=.*; Secure/i);
  expect((await visitor.ask('/api/me')).json).toMatchObject({ user: { email: 'ada@example.com' } });
});

test('a mail about usage that is due goes out while the server runs, and leads to PUBLIC_URL', async () => {
  await queryOwnDatabase(
    installation,
    `insert into usage_alerts (account_id, period, level, quota)
     select id, date_trunc('month', now())::date, 80, 50 from accounts where name = 'ada@example.com'`,
  );
  const isAlert = (mail: string): boolean => mail.includes('80 % of your removals');
  const mail = textOf(await until('the mail arrives', async () => mailServer.mails.find(isAlert)));
  expect(mail).toMatch(/^To: ada@example\.com$/m);
  expect(mail).toContain('https://remuvr.example/usage');
});

test('the origin of PUBLIC_URL is that of the page, whatever host the proxy passes on', async () => {
  const visitor = new Visitor(local);
  const ask = (origin: string) =>
    visitor.ask('/api/auth/sign-out', { method: 'POST', body: {}, headers: { Origin: origin } });
  expect((await ask('https://remuvr.example')).status).toBe(200);
  expect((await ask('http://remuvr.example')).status).toBe(403);
  expect((await ask('https://remuvr.example.evil.example')).status).toBe(403);
});

test('a provider is offered where both of its settings are set, and leads to its own page', async () => {
  const facts = (await new Visitor(local).ask('/api/server')).json;
  expect(facts).toMatchObject({ mail: 'smtp', providers: ['github'] });
  const start = (provider: string) =>
    new Visitor(local).post('/api/auth/sign-in/social', { provider, callbackURL: '/' });
  const { url } = (await start('github')).json;
  expect(url).toMatch(/^https:\/\/github\.com\/login\/oauth\/authorize\?/);
  expect(new URL(url).searchParams.get('redirect_uri')).toBe('https://remuvr.example/api/auth/callback/github');
  expect((await start('google')).status).toBe(404);
});

test('with AUTH_SECRET no other secret is made, and it is nowhere to be read', async () => {
  expect(existsSync(path.join(installation.dataDir, 'auth-secret'))).toBe(false);
  for (const secret of [SECRET, PROVIDER_SECRET, PASSWORD]) expect(server.log()).not.toContain(secret);
});

test('a secret that is too short ends the start, and is not shown', async () => {
  const refused = await installation.start(['serve', '--no-worker'], { AUTH_SECRET: 'too-short' }).catch(String);
  expect(String(refused)).toMatch(/AUTH_SECRET is "\[secret\]", but it must be text of at least 32 characters/);
  expect(String(refused)).not.toContain('too-short');
});
