/** What a second factor, and a new password, do to sessions that are there already; and how often a code is good. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess, until } from '../helpers/server.ts';
import { nextTotpCode, totpCode } from '../helpers/totp.ts';
import { PASSWORD, signUp, Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start(['serve', '--no-worker']);
});
afterAll(async () => await installation?.dispose());

const signIn = (visitor: Visitor, email: string) =>
  visitor.post('/api/auth/sign-in/email', { email, password: PASSWORD });
const verify = (visitor: Visitor, code: string, trustDevice = false) =>
  visitor.post('/api/auth/two-factor/verify-totp', { code, trustDevice });
const status = async (visitor: Visitor) => (await visitor.ask('/api/me')).status;

async function startFactor(visitor: Visitor): Promise<string> {
  return (await visitor.post('/api/auth/two-factor/enable', { password: PASSWORD })).json.totpURI;
}

describe('all other sessions end', () => {
  async function signInTwice(email: string): Promise<[here: Visitor, there: Visitor]> {
    const here = await signUp(server, email);
    const there = new Visitor(server);
    await signIn(there, email);
    expect([await status(here), await status(there)]).toEqual([200, 200]);
    return [here, there];
  }

  test('with a second factor, as soon as its first code is right, and again without it', async () => {
    const [here, there] = await signInTwice('factor@example.com');
    const stranger = await signUp(server, 'stranger@example.com');
    const uri = await startFactor(here);
    expect((await verify(here, '000000')).status).toBe(401);
    expect([await status(here), await status(there)]).toEqual([200, 200]);
    expect((await verify(here, totpCode(uri))).status).toBe(200);
    expect([await status(here), await status(there)]).toEqual([200, 401]);

    await signIn(there, 'factor@example.com');
    expect((await verify(there, nextTotpCode(uri))).status).toBe(200);
    expect([await status(here), await status(there)]).toEqual([200, 200]);
    expect((await there.post('/api/auth/two-factor/disable', { password: 'wrong password' })).status).toBe(400);
    expect([await status(here), await status(there)]).toEqual([200, 200]);
    expect((await there.post('/api/auth/two-factor/disable', { password: PASSWORD })).status).toBe(200);
    expect([await status(here), await status(there)]).toEqual([401, 200]);
    expect(await status(stranger)).toBe(200);
  });

  test('with a new password, whether the request asks for it or not', async () => {
    const [here, there] = await signInTwice('password@example.com');
    const change = { currentPassword: PASSWORD, newPassword: 'another password' };
    const wrong = { ...change, currentPassword: 'wrong password' };
    expect((await here.post('/api/auth/change-password', wrong)).status).toBe(400);
    expect([await status(here), await status(there)]).toEqual([200, 200]);
    const refusal = { ...change, revokeOtherSessions: false };
    expect((await here.post('/api/auth/change-password', refusal)).status).toBe(200);
    expect([await status(here), await status(there)]).toEqual([200, 401]);
  });
});

test('a browser that an earlier second factor trusted is asked for the code of the next one', async () => {
  const owner = await signUp(server, 'trusts@example.com');
  const first = await startFactor(owner);
  await verify(owner, totpCode(first));
  const trusted = new Visitor(server);
  await signIn(trusted, 'trusts@example.com');
  await verify(trusted, nextTotpCode(first), true);
  await trusted.post('/api/auth/sign-out');
  expect((await signIn(trusted, 'trusts@example.com')).json.twoFactorRedirect).toBeUndefined();
  await owner.post('/api/auth/two-factor/disable', { password: PASSWORD });
  await verify(owner, totpCode(await startFactor(owner)));
  expect((await signIn(trusted, 'trusts@example.com')).json.twoFactorRedirect).toBe(true);
  expect(await status(trusted)).toBe(401);
});

describe('a code', () => {
  /** Somebody with a second factor, whose first code has been used to turn it on. */
  async function signUpWithFactor(email: string, makeCode = totpCode) {
    const owner = await signUp(server, email);
    const uri = await startFactor(owner);
    const code = makeCode(uri);
    expect((await verify(owner, code)).status).toBe(200);
    return { uri, code };
  }

  async function startSignIn(email: string): Promise<Visitor> {
    const visitor = new Visitor(server);
    expect((await signIn(visitor, email)).json.twoFactorRedirect).toBe(true);
    return visitor;
  }

  test('signs in once; the second time it is like a wrong one, and the next one is right', async () => {
    const { uri, code } = await signUpWithFactor('once@example.com');
    const thief = await startSignIn('once@example.com');
    const [used, wrong] = [await verify(thief, code), await verify(thief, '000000')];
    expect([used.status, used.text]).toEqual([401, wrong.text]);
    expect(used.json.code).toBe('INVALID_CODE');
    const [row] = await queryOwnDatabase(
      installation,
      `select "failedVerificationCount" as failures from remuvr_auth."twoFactor"
       where "userId" = (select id from remuvr_auth."user" where email = 'once@example.com')`,
    );
    expect(row?.failures).toBe(2);
    expect(await status(thief)).toBe(401);

    const next = nextTotpCode(uri);
    const [first, second] = [await startSignIn('once@example.com'), await startSignIn('once@example.com')];
    expect((await verify(first, next)).status).toBe(200);
    expect((await verify(second, next)).status).toBe(401);
    expect([await status(first), await status(second)]).toEqual([200, 401]);
  });

  test('signs in one of those who send it at once', async () => {
    const { uri } = await signUpWithFactor('race@example.com');
    const visitors = await Promise.all(Array.from({ length: 4 }, () => startSignIn('race@example.com')));
    const code = nextTotpCode(uri);
    const factors = await lockFactors();
    const asked = visitors.map((visitor) => verify(visitor, code));
    await until('two of them have found the code right', async () => (await factors.countWaiting()) >= 2);
    await factors.release();
    const answers = await Promise.all(asked);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401, 401, 401]);
    const statuses = await Promise.all(visitors.map(status));
    expect(statuses).toEqual(answers.map((answer) => answer.status));
  });

  test('older than the last one is refused, though nobody has used it', async () => {
    const { uri } = await signUpWithFactor('older@example.com', nextTotpCode);
    const visitor = await startSignIn('older@example.com');
    expect((await verify(visitor, totpCode(uri))).status).toBe(401);
  });

  test('is spent by a check while one is signed in, too', async () => {
    const owner = await signUp(server, 'check@example.com');
    const uri = await startFactor(owner);
    await verify(owner, totpCode(uri));
    const code = nextTotpCode(uri);
    expect((await verify(owner, code)).status).toBe(200);
    expect((await verify(owner, code)).status).toBe(401);
    expect(await status(owner)).toBe(200);
  });
});

/** Nobody writes to a second factor until it is released. */
async function lockFactors() {
  const own = await openOwnPostgres({ dataDir: installation.dataDir, role: 'command', log: () => {} });
  const client = new pg.Client({ connectionString: own.connectionString });
  await client.connect();
  await client.query('begin; select from remuvr_auth."twoFactor" for update');
  return {
    async countWaiting(): Promise<number> {
      const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'update "remuvr_auth"."twoFactor"'`;
      return (await queryOwnDatabase(installation, waiting)).length;
    },
    async release(): Promise<void> {
      await client.query('commit');
      await client.end();
      await own.stop();
    },
  };
}
