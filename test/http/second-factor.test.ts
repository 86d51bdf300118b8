/** What a second factor, and a new password, do to sessions that are there already; and how often a code is good. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';
import { totpCode } from '../helpers/totp.ts';
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
const nextCode = (uri: string) => totpCode(uri, Date.now() + 30_000);

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
    expect((await verify(there, nextCode(uri))).status).toBe(200);
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
  await verify(trusted, nextCode(first), true);
  await trusted.post('/api/auth/sign-out');
  expect((await signIn(trusted, 'trusts@example.com')).json.twoFactorRedirect).toBeUndefined();
  await owner.post('/api/auth/two-factor/disable', { password: PASSWORD });
  await verify(owner, totpCode(await startFactor(owner)));
  expect((await signIn(trusted, 'trusts@example.com')).json.twoFactorRedirect).toBe(true);
  expect(await status(trusted)).toBe(401);
});
