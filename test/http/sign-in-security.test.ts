/** What strangers, open browsers and second tries must not get: other people's sign-in, sessions, quota and account. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scopeId } from '../../src/services/scope-id.ts';
import { createForm, readPhoto } from '../helpers/api.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';
import { nextTotpCode, totpCode } from '../helpers/totp.ts';
import { PASSWORD, signUp, Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;

beforeAll(async () => {
  installation = await createInstallation({
    TRUST_PROXY: '1',
    GITHUB_CLIENT_ID: 'an-id',
    GITHUB_CLIENT_SECRET: 'a-secret',
    NODE_OPTIONS: `--import ${new URL('../helpers/github-stub.mjs', import.meta.url).href}`,
  });
  server = await installation.start(['serve', '--no-worker']);
});
afterAll(async () => await installation?.dispose());

const query = (statement: string) => queryOwnDatabase(installation, statement);

/** `via`: the header as the proxy in front passes it on: it has added the address of whoever it heard. */
const signInVia = (via: string, email: string, password = 'guess', visitor = new Visitor(server)) =>
  visitor.ask('/api/auth/sign-in/email', {
    method: 'POST',
    body: { email, password },
    headers: { 'X-Forwarded-For': via },
  });
const statusesOf = async (answers: Promise<{ status: number }>[]) =>
  (await Promise.all(answers)).map(({ status }) => status);
const count = (statuses: readonly number[], status: number) => statuses.filter((each) => each === status).length;
const twelve = Array.from({ length: 12 }, (_, i) => i + 1);

describe('behind one proxy', () => {
  test('a sender is whom the proxy heard, whatever was in the header before', async () => {
    const spoofed = twelve.map((i) => signInVia(`203.0.113.${i}, 198.51.100.7`, 'spoofed@example.com'));
    expect(count(await statusesOf(spoofed), 429)).toBe(2);
    const apart = twelve.map((i) => signInVia(`203.0.113.7, 198.51.100.${i}`, 'apart@example.com'));
    expect(count(await statusesOf(apart), 429)).toBe(0);
  });
});

describe('who guesses at the password of somebody else', () => {
  test('is slowed down, and its owner signs in all the same', async () => {
    await signUp(server, 'guessed@example.com');
    const guesses = twelve.map(() => signInVia('198.51.100.50', 'guessed@example.com'));
    expect(count(await statusesOf(guesses), 429)).toBe(2);
    expect((await signInVia('198.51.100.51', 'guessed@example.com', PASSWORD)).status).toBe(200);
  });

  test('from everywhere at once locks out no browser that has signed in there before', async () => {
    const owner = await signUp(server, 'besieged@example.com');
    const cookie = owner.cookies.get('remuvr.device') ?? '';
    const stranger = await signUp(server, 'besieger@example.com');
    const bucket = scopeId('address', 'besieged@example.com');
    await query(
      `insert into rate_buckets values ('${bucket}', 0, extract(epoch from clock_timestamp()) * 1000)
       on conflict (scope_id) do update set tokens = 0, updated_at_ms = excluded.updated_at_ms`,
    );
    const from = '198.51.100.60';
    expect((await signInVia(from, 'besieged@example.com', PASSWORD)).status).toBe(429);
    // A device is known for the address that it signed in to, and cannot be made up.
    expect((await signInVia(from, 'besieged@example.com', PASSWORD, stranger)).status).toBe(429);
    stranger.cookies.set('remuvr.device', `${cookie.slice(0, -2)}xx`);
    expect((await signInVia(from, 'besieged@example.com', PASSWORD, stranger)).status).toBe(429);
    expect((await signInVia(from, 'Besieged@example.com', PASSWORD, owner)).status).toBe(200);
  });

  test('cannot make one mailbox overflow, wherever the requests come from', async () => {
    const asked = twelve.map((i) =>
      new Visitor(server).ask('/api/auth/request-password-reset', {
        method: 'POST',
        body: { email: 'guessed@example.com', redirectTo: '/reset-password' },
        headers: { 'X-Forwarded-For': `198.51.101.${i}` },
      }),
    );
    expect(count(await statusesOf(asked), 429)).toBeGreaterThanOrEqual(2);
  });
});

test('the cookie of a known device is for signing in alone, and no script reads it', async () => {
  await signUp(server, 'device@example.com');
  const answer = await signInVia('198.51.100.61', 'device@example.com', PASSWORD);
  const cookie = answer.headers.getSetCookie().find((each) => each.startsWith('remuvr.device='));
  expect(cookie).toMatch(/; Path=\/api\/auth; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
  const wrong = await signInVia('198.51.100.61', 'device@example.com', 'wrong password');
  expect(wrong.headers.getSetCookie().join()).not.toContain('remuvr.device');
});

describe('sessions', () => {
  test('are told without their tokens, also to one that is days old', async () => {
    const visitor = await signUp(server, 'sessions@example.com');
    const rows = await query(
      `update remuvr_auth.session set "createdAt" = now() - interval '3 days'
       where "userId" = (select id from remuvr_auth."user" where email = 'sessions@example.com') returning token`,
    );
    const signedIn = await signInVia('198.51.100.62', 'sessions@example.com', PASSWORD);
    const current = await visitor.ask('/api/auth/get-session');
    const list = await visitor.ask('/api/auth/list-sessions');
    expect([current.status, list.status, list.json.length]).toEqual([200, 200, 2]);
    expect(current.json.session.id).toEqual(expect.any(String));
    const token = String(rows[0]?.token);
    for (const { text } of [signedIn, current, list]) {
      expect(text).not.toContain('"token"');
      expect(text).not.toContain(token);
    }
  });

  test('are ended by their ids, each by its own person', async () => {
    const here = await signUp(server, 'ends@example.com');
    const there = new Visitor(server);
    await signInVia('198.51.100.63', 'ends@example.com', PASSWORD, there);
    const { id } = (await there.ask('/api/auth/get-session')).json.session;
    const stranger = await signUp(server, 'meddler@example.com');
    expect((await stranger.delete(`/api/sessions/${id}`)).status).toBe(404);
    expect((await there.ask('/api/me')).status).toBe(200);
    expect((await here.delete(`/api/sessions/${id}`)).status).toBe(204);
    expect((await there.ask('/api/me')).status).toBe(401);
    expect((await here.delete(`/api/sessions/${id}`)).status).toBe(404);
  });

  test('hand no token of a provider to a script', async () => {
    const visitor = await signUp(server, 'tokens@example.com');
    for (const route of ['get-access-token', 'refresh-token', 'account-info']) {
      expect((await visitor.post(`/api/auth/${route}`, { providerId: 'github' })).status).toBe(404);
    }
  });
});

describe('an account is deleted', () => {
  const remove = (visitor: Visitor, body: unknown) => visitor.post('/api/auth/delete-user', body);

  test('with the password of whoever has one, however new the session is', async () => {
    const visitor = await signUp(server, 'password@example.com');
    for (const body of [{}, { password: '' }, { password: null }]) {
      const refused = await remove(visitor, body);
      expect([refused.status, (await visitor.ask('/api/me')).status]).toEqual([400, 200]);
    }
    expect((await remove(visitor, {})).json.code).toBe('PASSWORD_REQUIRED');
    expect((await remove(visitor, { password: PASSWORD })).status).toBe(200);
  });

  test('without one only by a session of the last ten minutes', async () => {
    const visitor = await signUp(server, 'provided@example.com');
    const ofPerson = `"userId" = (select id from remuvr_auth."user" where email = 'provided@example.com')`;
    await query(`update remuvr_auth.account set password = null, "providerId" = 'github' where ${ofPerson}`);
    const grow = (age: string) =>
      query(`update remuvr_auth.session set "createdAt" = now() - interval '${age}' where ${ofPerson}`);
    await grow('11 minutes');
    const refused = await remove(visitor, {});
    expect([refused.status, refused.json.code]).toEqual([403, 'SESSION_NOT_FRESH']);
    await grow('9 minutes');
    expect((await remove(visitor, {})).status).toBe(200);
    expect((await visitor.ask('/api/me')).status).toBe(401);
  });

  test('and what its address used this month is used for the next one too, and balances', async () => {
    const email = 'twice@example.com';
    const usedBy = async (visitor: Visitor) => (await visitor.ask('/api/usage')).json.used;
    const visitor = await signUp(server, email);
    const form = createForm({ bytes: await readPhoto('chelsea.png') });
    for (let i = 0; i < 2; i++) expect((await visitor.post('/api/playground/removals', form)).status).toBe(202);
    expect(await usedBy(visitor)).toBe(2);
    await remove(visitor, { password: PASSWORD });
    const again = await signUp(server, email);
    expect(await usedBy(again)).toBe(2);
    await remove(again, { password: PASSWORD });
    const third = await signUp(server, email);
    expect(await usedBy(third)).toBe(2);
    expect(await usedBy(await signUp(server, 'another@example.com'))).toBe(0);
    expect((await installation.run('audit')).stdout).toContain('The ledger is clean');
    const [row] = await query(`select left_usage::text as text from left_usage`);
    expect(String(row?.text)).not.toContain('twice');
  });
});

test('whoever is signed in asks forty times at once and no more, and others are not held up by it', async () => {
  const hasty = await signUp(server, 'hasty@example.com');
  const calm = await signUp(server, 'calm@example.com');
  const answers = await Promise.all(Array.from({ length: 100 }, () => hasty.ask('/api/me')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(40);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(refused[0]?.json.error.code).toBe('rate_limit_exceeded');
  expect((await calm.ask('/api/me')).status).toBe(200);
});

describe('a provider', () => {
  /** The way through GitHub and back. */
  async function comeBack(visitor: Visitor, route: string) {
    const { url } = (await visitor.post(route, { provider: 'github', callbackURL: '/keys' })).json;
    const state = new URL(url).searchParams.get('state') ?? '';
    const answer = await visitor.ask(`/api/auth/callback/github?code=a-code&state=${encodeURIComponent(state)}`);
    return { status: answer.status, location: answer.headers.get('location') };
  }

  test('leaves nothing in the database by which it could be asked', async () => {
    const visitor = await signUp(server, 'careful@example.com');
    const columns = '"accessToken", "refreshToken", "idToken"';
    for (const route of ['/api/auth/link-social', '/api/auth/sign-in/social']) {
      expect(await comeBack(visitor, route)).toEqual({ status: 302, location: '/keys' });
      const rows = await query(`select ${columns} from remuvr_auth.account where "providerId" = 'github'`);
      expect(rows.at(-1)).toEqual({ accessToken: null, refreshToken: null, idToken: null });
    }
    await visitor.post('/api/auth/delete-user', { password: PASSWORD });
  });

  test('is no way around the second factor', async () => {
    const visitor = await signUp(server, 'careful@example.com');
    expect(await comeBack(visitor, '/api/auth/link-social')).toEqual({ status: 302, location: '/keys' });
    const single = new Visitor(server);
    expect(await comeBack(single, '/api/auth/sign-in/social')).toEqual({ status: 302, location: '/keys' });
    expect((await single.ask('/api/me')).json.user.email).toBe('careful@example.com');

    const { totpURI } = (await visitor.post('/api/auth/two-factor/enable', { password: PASSWORD })).json;
    await visitor.post('/api/auth/two-factor/verify-totp', { code: totpCode(totpURI) });
    const later = new Visitor(server);
    const held = await comeBack(later, '/api/auth/sign-in/social');
    expect(held).toEqual({ status: 302, location: '/two-factor?next=%2Fkeys' });
    expect((await later.ask('/api/me')).status).toBe(401);
    expect((await later.post('/api/auth/two-factor/verify-totp', { code: '000000' })).status).toBe(401);
    expect((await later.post('/api/auth/two-factor/verify-totp', { code: nextTotpCode(totpURI) })).status).toBe(200);
    expect((await later.ask('/api/me')).json.user.email).toBe('careful@example.com');
  });
});
