/** What whoever reads the database, a backup of it say, can do with it: nothing that needs a secret. */
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { openDatabase } from '../../src/store/database.ts';
import { hashClearTokens } from '../../src/store/owned-accounts.ts';
import { queryOwnDatabase } from '../helpers/own-database.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';
import { nextTotpCode, totpCode } from '../helpers/totp.ts';
import { linkInLog, PASSWORD, signUp, Visitor } from '../helpers/visitor.ts';

let installation: Installation;
let server: ServerProcess;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start(['serve', '--no-worker']);
});
afterAll(async () => await installation?.dispose());

/** Every row of every table, as JSON. */
async function dumpDatabase(): Promise<string> {
  const tables = await queryOwnDatabase(
    installation,
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const parts = tables.map(({ name }) => `select to_jsonb(t)::text as line from ${name} t`);
  const rows = await queryOwnDatabase(installation, parts.join(' union all '));
  return rows.map(({ line }) => String(line)).join('\n');
}

test('no password, API key, second factor, backup code or signing secret is in the database, but the hash of the key', async () => {
  const visitor = await signUp(server, 'careful@example.com');
  const { key } = (await visitor.post('/api/keys', { name: 'laptop', kind: 'test' })).json;
  const { totpURI, backupCodes } = (await visitor.post('/api/auth/two-factor/enable', { password: PASSWORD })).json;
  await visitor.post('/api/auth/two-factor/verify-totp', { code: totpCode(totpURI) });
  const { secret: signing } = (await visitor.post('/api/webhook-secrets', { overlapHours: 0 })).json;
  expect(signing).toMatch(/^whsec_.{44}$/);
  const dump = await dumpDatabase();
  expect(dump).toContain('careful@example.com');
  expect(dump).toContain(createHash('sha256').update(key).digest('hex'));
  const factor = new URL(totpURI).searchParams.get('secret');
  for (const secret of [PASSWORD, key, factor, ...backupCodes, signing.slice('whsec_'.length)])
    expect(dump).not.toContain(secret);
  const bytes = Buffer.from(signing.slice('whsec_'.length), 'base64').toString('hex');
  expect(dump).not.toContain(bytes);
  expect(server.log()).not.toContain(signing.slice('whsec_'.length));
});

const TOKEN = 'remuvr.session_token';
const readToken = (cookie: string | undefined): string => decodeURIComponent(cookie ?? '').split('.')[0] ?? '';
const read = (visitor: Visitor) => readToken(visitor.cookies.get(TOKEN));
const signIn = (visitor: Visitor, email: string) =>
  visitor.post('/api/auth/sign-in/email', { email, password: PASSWORD });

test('no session, sign-in under way, trusted device or link of a mail is in the database as its holder has it', async () => {
  const visitor = await signUp(server, 'trusted@example.com');
  const { totpURI } = (await visitor.post('/api/auth/two-factor/enable', { password: PASSWORD })).json;
  await visitor.post('/api/auth/two-factor/verify-totp', { code: totpCode(totpURI) });
  const half = new Visitor(server);
  await signIn(half, 'trusted@example.com');
  const trusted = new Visitor(server);
  await signIn(trusted, 'trusted@example.com');
  const code = nextTotpCode(totpURI);
  await trusted.post('/api/auth/two-factor/verify-totp', { code, trustDevice: true });
  expect((await trusted.ask('/api/me')).status).toBe(200);
  await visitor.post('/api/auth/request-password-reset', {
    email: 'trusted@example.com',
    redirectTo: '/reset-password',
  });
  const link = await linkInLog(server, 'reset-password', 'trusted@example.com');
  const challenge = readToken(half.cookies.get('remuvr.two_factor'));
  const [, device] = readToken(trusted.cookies.get('remuvr.trust_device')).split('!');
  const reset = new URL(link).pathname.split('/').at(-1);
  const secrets = [read(visitor), read(trusted), challenge, device, reset];
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{24,}$/);
  const dump = await dumpDatabase();
  for (const secret of secrets) expect(dump).not.toContain(secret);
});

test('a session is not taken over by what the database holds of it, nor with the secret that signs cookies', async () => {
  const ada = await signUp(server, 'ada@example.com');
  const [row] = await queryOwnDatabase(installation, 'select token from remuvr_auth.session order by "createdAt" desc');
  const stored = String(row?.token);
  expect(stored).toBe(`sha256:${createHash('sha256').update(read(ada)).digest('hex')}`);
  const secret = (await readFile(path.join(installation.dataDir, 'auth-secret'), 'utf8')).trim();
  const sign = (value: string) =>
    encodeURIComponent(`${value}.${createHmac('sha256', secret).update(value).digest('base64')}`);
  expect(sign(read(ada))).toBe(ada.cookies.get(TOKEN));
  const thief = new Visitor(server);
  const [, hash = ''] = stored.split(':');
  for (const value of [stored, `${stored}.`, `${stored}.${'A'.repeat(43)}%3D`, sign(stored), sign(hash)]) {
    thief.cookies.set(TOKEN, value);
    expect((await thief.ask('/api/me')).status).toBe(401);
  }
});

describe('sessions that a version before 0014 has stored as they are', () => {
  const query = (statement: string) => queryOwnDatabase(installation, statement);
  const MIGRATION = new URL('../../src/store/migrations/0014-hashed-sessions.sql', import.meta.url);

  /** Signed in at such a version. */
  async function signInBefore(email: string): Promise<Visitor> {
    const visitor = await signUp(server, email);
    const hash = `sha256:${createHash('sha256').update(read(visitor)).digest('hex')}`;
    await query(`update remuvr_auth.session set token = '${read(visitor)}' where token = '${hash}'`);
    expect(await dumpDatabase()).toContain(read(visitor));
    return visitor;
  }

  test('go on, are told of, and end', async () => {
    const [here, there] = [await signInBefore('before@example.com'), new Visitor(server)];
    await signIn(there, 'before@example.com');
    const list = await there.ask('/api/auth/list-sessions');
    expect(list.json).toHaveLength(2);
    expect(list.text).not.toContain(read(here));
    expect((await here.post('/api/auth/revoke-other-sessions')).status).toBe(200);
    expect([(await here.ask('/api/me')).status, (await there.ask('/api/me')).status]).toEqual([200, 401]);
    await signIn(there, 'before@example.com');
    expect((await there.post('/api/auth/revoke-other-sessions')).status).toBe(200);
    expect([(await here.ask('/api/me')).status, (await there.ask('/api/me')).status]).toEqual([401, 200]);
  });

  test.each([
    ['the migration', async () => query(await readFile(MIGRATION, 'utf8'))],
    ['a sweep', async () => await sweepOnce()],
  ])('are hashed by %s, and nobody is signed out', async (name, hash) => {
    const visitor = await signInBefore(`${name.replace(' ', '-')}@example.com`);
    await hash();
    await hash();
    expect(await dumpDatabase()).not.toContain(read(visitor));
    expect((await visitor.ask('/api/me')).status).toBe(200);
    await visitor.post('/api/auth/sign-out');
    expect((await visitor.ask('/api/me')).status).toBe(401);
  });
});

async function sweepOnce(): Promise<void> {
  const { connectionString, stop } = await openOwnPostgres({
    dataDir: installation.dataDir,
    role: 'command',
    log: () => {},
  });
  const database = openDatabase({ connectionString, maxConnections: 1, onLost: () => {} });
  await hashClearTokens(database);
  await database.destroy();
  await stop();
}
