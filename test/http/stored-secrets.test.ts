/** What whoever reads the database, a backup of it say, can do with it: nothing that needs a secret. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryOwnDatabase } from '../helpers/own-database.ts';
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

test('a session is not taken over by what the database holds of it: the cookie is signed', async () => {
  const ada = await signUp(server, 'ada@example.com');
  const [row] = await queryOwnDatabase(installation, 'select token from remuvr_auth.session order by "createdAt" desc');
  const cookie = ada.cookies.get('remuvr.session_token') ?? '';
  expect(decodeURIComponent(cookie).startsWith(`${row?.token}.`)).toBe(true);
  const thief = new Visitor(server);
  for (const value of [row?.token, `${row?.token}.`, `${row?.token}.${'A'.repeat(43)}%3D`]) {
    thief.cookies.set('remuvr.session_token', String(value));
    expect((await thief.ask('/api/me')).status).toBe(401);
  }
});
