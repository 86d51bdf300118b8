/** Accounts of people: signing up, in and out, mails, second factors, deletion; and what must not be told or let through. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { openConnection } from '../helpers/raw-http.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { nextTotpCode, totpCode } from '../helpers/totp.ts';
import { linkInLog, PASSWORD, signUp, Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;
let admin: Visitor;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start(['serve', '--no-worker']);
});
afterAll(async () => await installation?.dispose());

const signIn = (visitor: Visitor, email: string, password = PASSWORD) =>
  visitor.post('/api/auth/sign-in/email', { email, password });

describe('a fresh installation', () => {
  test('says that it has no account, and where its mails go', async () => {
    expect((await new Visitor(server).ask('/api/server')).json).toEqual({
      billing: 'none',
      mail: 'log',
      providers: [],
      version: expect.any(String),
      needsFirstAccount: true,
    });
  });

  test('makes the first who confirms an address its admin, and nobody after', async () => {
    const early = new Visitor(server);
    await early.post('/api/auth/sign-up/email', { email: 'early@example.com', name: 'Early', password: PASSWORD });
    admin = await signUp(server, 'First@Example.com'.toLowerCase());
    const me = (await admin.ask('/api/me')).json;
    expect(me).toMatchObject({
      user: { email: 'first@example.com', emailVerified: true, twoFactorEnabled: false, isAdmin: true },
      account: { name: 'first@example.com', plan: 'free', nextPlan: null, planChangesAt: null },
      server: { billing: 'none', mail: 'log' },
    });
    await early.ask(await linkInLog(server, 'verify-email', 'early@example.com'));
    await signIn(early, 'early@example.com');
    expect((await early.ask('/api/me')).json).toMatchObject({ user: { isAdmin: false } });
    expect((await early.ask('/api/server')).json).toMatchObject({ needsFirstAccount: false });
  });

  test('keeps its secret in a file for its owner alone', async () => {
    expect((await stat(path.join(installation.dataDir, 'auth-secret'))).mode & 0o777).toBe(0o600);
  });
});

describe('a session', () => {
  test('is a cookie that no script reads and that no other site sends', async () => {
    const visitor = new Visitor(server);
    const { status, headers } = await signIn(visitor, 'first@example.com');
    expect(status).toBe(200);
    const [cookie = ''] = headers.getSetCookie();
    expect(cookie).toMatch(/^remuvr\.session_token=/);
    expect(cookie).toMatch(/; HttpOnly/i);
    expect(cookie).toMatch(/; SameSite=Lax/i);
    expect(cookie).not.toMatch(/; Secure/i);
  });

  test('is a new one at each sign-in, whatever cookie the visitor came with', async () => {
    const visitor = new Visitor(server);
    visitor.cookies.set('remuvr.session_token', 'planted.by-somebody-else');
    await signIn(visitor, 'first@example.com');
    const first = visitor.cookies.get('remuvr.session_token');
    expect(first).not.toContain('planted');
    await signIn(visitor, 'first@example.com');
    expect(visitor.cookies.get('remuvr.session_token')).not.toBe(first);
  });

  test('can be seen and ended from another one', async () => {
    const laptop = new Visitor(server);
    const phone = new Visitor(server);
    await signIn(laptop, 'early@example.com');
    await signIn(phone, 'early@example.com');
    const sessions: { token: string }[] = (await laptop.ask('/api/auth/list-sessions')).json;
    expect(sessions.length).toBeGreaterThanOrEqual(2);
    expect((await laptop.post('/api/auth/revoke-other-sessions')).status).toBe(200);
    expect((await phone.ask('/api/me')).status).toBe(401);
    expect((await laptop.ask('/api/me')).status).toBe(200);
  });

  test('lasts as long as it is used, and its cookie with it', async () => {
    const visitor = new Visitor(server);
    await signIn(visitor, 'early@example.com');
    expect((await visitor.ask('/api/me')).headers.getSetCookie()).toEqual([]);
    await queryOwnDatabase(installation, `update remuvr_auth.session set "expiresAt" = now() + interval '2 days'`);
    const [cookie = ''] = (await visitor.ask('/api/me')).headers.getSetCookie();
    expect(cookie).toMatch(/^remuvr\.session_token=.*; Max-Age=604800/i);
    expect((await visitor.ask('/api/me')).status).toBe(200);
  });

  test('ends with signing out, also for who kept its cookie', async () => {
    const visitor = new Visitor(server);
    await signIn(visitor, 'early@example.com');
    const kept = new Map(visitor.cookies);
    await visitor.post('/api/auth/sign-out');
    for (const [name, value] of kept) visitor.cookies.set(name, value);
    const answer = await visitor.ask('/api/me');
    expect(answer.status).toBe(401);
    expect(answer.json.error).toMatchObject({ code: 'not_signed_in', message: expect.stringMatching(/\.$/) });
  });

  test('asks for no answer to be kept, and offers none to other origins', async () => {
    for (const route of ['/api/me', '/api/server', '/api/auth/get-session']) {
      const { headers } = await admin.ask(route);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('nothing tells whether an address has an account:', () => {
  test('signing up with it', async () => {
    const known = await new Visitor(server).post('/api/auth/sign-up/email', {
      email: 'first@example.com',
      name: 'X',
      password: PASSWORD,
    });
    const fresh = await new Visitor(server).post('/api/auth/sign-up/email', {
      email: 'fresh@example.com',
      name: 'X',
      password: PASSWORD,
    });
    expect(known.status).toBe(fresh.status);
    expect(Object.keys(known.json).sort()).toEqual(Object.keys(fresh.json).sort());
    expect(Object.keys(known.json.user).sort()).toEqual(Object.keys(fresh.json.user).sort());
    expect(known.json.user).toMatchObject({ emailVerified: false, name: 'X' });
    // The owner is told, and the password is as it was.
    await until('its owner is told', async () => server.log().includes('already-registered'));
    expect((await signIn(new Visitor(server), 'first@example.com')).status).toBe(200);
  });

  test('signing in without its password', async () => {
    const known = await signIn(new Visitor(server), 'first@example.com', 'wrong password');
    const unknown = await signIn(new Visitor(server), 'nobody@example.com', 'wrong password');
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    expect(known.status).toBe(401);
  });

  test('asking for a new password', async () => {
    const ask = (email: string) =>
      new Visitor(server).post('/api/auth/request-password-reset', { email, redirectTo: '/reset-password' });
    const [known, unknown] = [await ask('first@example.com'), await ask('nobody@example.com')];
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
  });
});

test('an address that is not confirmed cannot sign in, and gets a new link', async () => {
  const visitor = new Visitor(server);
  await visitor.post('/api/auth/sign-up/email', { email: 'slow@example.com', name: 'Slow', password: PASSWORD });
  expect((await signIn(visitor, 'slow@example.com')).status).toBe(403);
  expect((await visitor.ask('/api/me')).status).toBe(401);
  await visitor.ask(await linkInLog(server, 'verify-email', 'slow@example.com'));
  // The link signs nobody in: whoever follows it may have got it from somebody else.
  expect([...visitor.cookies.keys()]).toEqual([]);
  expect((await signIn(visitor, 'slow@example.com')).status).toBe(200);
  expect((await visitor.ask('/api/me')).status).toBe(200);
});

test('a forgotten password is replaced by the link of a mail, once, and every session ends', async () => {
  const visitor = await signUp(server, 'forgetful@example.com');
  await visitor.post('/api/auth/request-password-reset', {
    email: 'forgetful@example.com',
    redirectTo: '/reset-password',
  });
  const followed = await visitor.ask(await linkInLog(server, 'reset-password', 'forgetful@example.com'));
  const target = new URL(followed.headers.get('location') ?? '', server.url);
  expect([target.origin, target.pathname]).toEqual([new URL(server.url).origin, '/reset-password']);
  const reset = { token: target.searchParams.get('token'), newPassword: 'another password' };
  expect((await new Visitor(server).post('/api/auth/reset-password', reset)).status).toBe(200);
  expect((await visitor.ask('/api/me')).status).toBe(401);
  expect((await signIn(visitor, 'forgetful@example.com')).status).toBe(401);
  expect((await signIn(visitor, 'forgetful@example.com', 'another password')).status).toBe(200);
  expect((await new Visitor(server).post('/api/auth/reset-password', reset)).status).toBe(400);
});

test('the link of a mail leads to this server alone, whatever the request for it says', async () => {
  const answer = await new Visitor(server).post('/api/auth/request-password-reset', {
    email: 'first@example.com',
    redirectTo: 'https://evil.example/steal',
  });
  expect(answer.status).toBe(403);
  expect(server.log()).not.toMatch(/"link":"[^"]*evil/);
});

test.each(['/..//evil.example', '/.//evil.example', '/x/..//evil.example'])(
  'a link with the return address %s leads nowhere else',
  async (path) => {
    const link = `/api/auth/verify-email?token=none&callbackURL=${encodeURIComponent(path)}`;
    const { status, headers } = await new Visitor(server).ask(link);
    const target = new URL(headers.get('location') ?? '', server.url);
    expect([status, target.origin]).toEqual([302, new URL(server.url).origin]);
  },
);

test('address and password are changed with the password and the links of mails', async () => {
  const visitor = await signUp(server, 'mover@example.com');
  const change = { currentPassword: PASSWORD, newPassword: 'a third password', revokeOtherSessions: true };
  expect((await visitor.post('/api/auth/change-password', { ...change, currentPassword: 'wrong' })).status).toBe(400);
  expect((await visitor.post('/api/auth/change-password', change)).status).toBe(200);
  expect((await signIn(new Visitor(server), 'mover@example.com')).status).toBe(401);
  await visitor.post('/api/auth/change-email', { newEmail: 'moved@example.com', callbackURL: '/account' });
  await visitor.ask(await linkInLog(server, 'change-email', 'mover@example.com'));
  await visitor.ask(await linkInLog(server, 'verify-email', 'moved@example.com'));
  expect((await visitor.ask('/api/me')).json.user.email).toBe('moved@example.com');
});

test('a second factor is asked for at each sign-in, and a backup code stands in for it once', async () => {
  const visitor = await signUp(server, 'careful@example.com');
  const enabled = (await visitor.post('/api/auth/two-factor/enable', { password: PASSWORD })).json;
  expect(enabled.backupCodes.length).toBeGreaterThan(5);
  expect((await visitor.ask('/api/me')).json.user.twoFactorEnabled).toBe(false);
  const code = totpCode(enabled.totpURI);
  expect((await visitor.post('/api/auth/two-factor/verify-totp', { code })).status).toBe(200);
  expect((await visitor.ask('/api/me')).json.user.twoFactorEnabled).toBe(true);

  const later = new Visitor(server);
  expect((await signIn(later, 'careful@example.com')).json).toMatchObject({ twoFactorRedirect: true });
  expect((await later.ask('/api/me')).status).toBe(401);
  expect((await later.post('/api/auth/two-factor/verify-totp', { code: '000000' })).status).toBe(401);
  const [backup] = enabled.backupCodes;
  expect((await later.post('/api/auth/two-factor/verify-backup-code', { code: backup })).status).toBe(200);
  expect((await later.ask('/api/me')).status).toBe(200);

  const again = new Visitor(server);
  await signIn(again, 'careful@example.com');
  expect((await again.post('/api/auth/two-factor/verify-backup-code', { code: backup })).status).toBe(401);
  const next = nextTotpCode(enabled.totpURI);
  expect((await again.post('/api/auth/two-factor/verify-totp', { code: next })).status).toBe(200);
});

describe('another origin', () => {
  const routes = [
    ['POST', '/api/auth/sign-in/email'],
    ['POST', '/api/auth/sign-out'],
    ['POST', '/api/auth/delete-user'],
    ['GET', '/api/me'],
  ] as const;
  const senders: Record<string, Record<string, string>> = {
    'by its Origin': { Origin: 'https://evil.example' },
    'by Sec-Fetch-Site': { 'Sec-Fetch-Site': 'cross-site' },
    'of a sibling': { 'Sec-Fetch-Site': 'same-site', Origin: 'https://evil.example' },
    'without an origin': { Origin: 'null' },
    'whose Origin begins like ours': { Origin: 'http://localhost.evil.example' },
  };
  test.each(Object.entries(senders))('is refused, known %s', async (_name, headers) => {
    for (const [method, route] of routes) {
      if (method === 'GET' && headers.Origin === 'null') continue;
      const answer = await admin.ask(route, { method, headers, ...(method === 'POST' ? { body: {} } : {}) });
      expect([route, answer.status, answer.json.error.code]).toEqual([route, 403, 'cross_origin']);
    }
  });

  test('is refused where a change names no origin at all, or is sent like a form', async () => {
    const plain = await fetch(`${server.url}/api/auth/sign-out`, { method: 'POST' });
    expect(plain.status).toBe(403);
    const named = { Origin: `${server.url}@evil.example` };
    expect((await admin.ask('/api/me', { headers: named })).status).toBe(403);
    const headers = { 'Content-Type': 'text/plain' };
    expect((await admin.ask('/api/auth/sign-out', { method: 'POST', headers, body: {} })).status).toBe(403);
    expect((await admin.ask('/api/me')).status).toBe(200);
  });

  test('gets no answer to a preflight', async () => {
    const answer = await fetch(`${server.url}/api/me`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
    });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test('who leaves is gone with the account, its keys at once, and a name that others may have again', async () => {
  const visitor = await signUp(server, 'leaver@example.com');
  await visitor.ask('/api/me');
  const key = await installation.createKey('--account', 'leaver@example.com', '--test');
  const auth = () => fetch(`${server.url}/v1/auth`, { headers: { Authorization: `Bearer ${key}` } });
  expect((await auth()).status).toBe(200);
  expect((await visitor.post('/api/auth/delete-user', { password: 'wrong password' })).status).toBe(400);
  expect((await visitor.post('/api/auth/delete-user', { password: PASSWORD })).status).toBe(200);
  expect((await auth()).status).toBe(401);
  expect((await visitor.ask('/api/me')).status).toBe(401);
  expect((await signIn(new Visitor(server), 'leaver@example.com')).status).toBe(401);
  const again = await signUp(server, 'leaver@example.com');
  expect((await again.ask('/api/me')).json.account.name).toBe('leaver@example.com');
});

test('an admin made at the command line signs in by the password that it prints', async () => {
  const { stdout } = await installation.run('accounts', 'create', 'boss@example.com', '--admin', '--plan', 'business');
  const password = stdout.trim().split('\n').at(-1) ?? '';
  await expect(installation.run('accounts', 'create', 'boss@example.com', '--admin')).rejects.toThrow(/already/);
  const visitor = new Visitor(server);
  expect((await signIn(visitor, 'boss@example.com', password)).status).toBe(200);
  expect((await visitor.ask('/api/me')).json).toMatchObject({ user: { isAdmin: true }, account: { plan: 'business' } });
});

test('who guesses at an address is slowed down, and is told for how long', async () => {
  // Without TRUST_PROXY nobody is believed about where a request comes from.
  const guesses = Array.from({ length: 12 }, (_, i) =>
    new Visitor(server).ask('/api/auth/sign-in/email', {
      method: 'POST',
      body: { email: 'guessed@example.com', password: 'guess' },
      headers: { 'X-Forwarded-For': `203.0.113.${i}` },
    }),
  );
  const answers = await Promise.all(guesses);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  expect(refused[0]?.json.error.code).toBe('rate_limit_exceeded');
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(30);
  // Another address is not.
  expect((await signIn(new Visitor(server), 'other@example.com', 'guess')).status).toBe(401);
});

test('an address of signing in has one spelling, so that no other gets around being slowed down', async () => {
  const body = JSON.stringify({ email: 'spelt@example.com', password: 'guess' });
  const { origin } = new URL(server.url);
  const answerTo = async (target: string) => {
    const connection = await openConnection(server.url);
    const head = `Origin: ${origin}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    await connection.write(`POST ${target} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\n${head}\r\n\r\n${body}`);
    const { status } = await connection.answer();
    connection.close();
    return status;
  };
  expect(await answerTo('/api/auth/sign-in/email')).toBe(401);
  for (const target of [
    '/api/auth/x/../sign-in/email',
    '/api/auth/%2e/sign-in/email',
    '/api/auth/./sign-in/email',
    '/api/auth\\sign-in/email',
    `${origin}/api/auth/sign-in/email`,
  ]) {
    expect([target, await answerTo(target)]).toEqual([target, 404]);
  }
});

test('a sender who guesses at many addresses is slowed down, and so is no one who is signed in', async () => {
  const guess = (i: number) =>
    new Visitor(server).post('/api/auth/reset-password', { token: `guess-${i}`, newPassword: PASSWORD });
  const answers = await Promise.all(Array.from({ length: 110 }, (_, i) => guess(i)));
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  expect((await admin.ask('/api/me')).status).toBe(200);
});

test('no password, session or key is in the log', () => {
  const log = server.log();
  expect(log).not.toContain(PASSWORD);
  for (const [, value] of admin.cookies) expect(log).not.toContain(decodeURIComponent(value).split('.')[0]);
});
