/** Accounts of people below HTTP: made once, by whoever comes first; closed in steps; and what only grows is swept. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { authenticateCaller } from '../../src/services/authenticate-caller.ts';
import { closeAccount, sweepClosedAccounts, sweepOwnerlessAccounts } from '../../src/services/close-account.ts';
import { ensureAccount, findMember, needsFirstAccount } from '../../src/services/find-member.ts';
import { createAccount } from '../../src/services/manage-accounts.ts';
import { mintKey } from '../../src/services/manage-keys.ts';
import { createMemberKey } from '../../src/services/member-keys.ts';
import { isOutage } from '../../src/services/outage.ts';
import { slowDown } from '../../src/services/slow-down.ts';
import { sweepIdle } from '../../src/services/sweep-idle.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openTestContext, type TestContext } from '../helpers/database.ts';

let opened: TestContext;
beforeAll(async () => {
  opened = await openTestContext();
});
afterAll(async () => await opened.close());

const personOf = (email: string) => ({
  id: randomUUID(),
  email,
  name: 'Somebody',
  isEmailVerified: true,
  hasTwoFactor: false,
});

test('of people who come first at the same moment one is the admin, and each has one account', async () => {
  const { ctx } = opened;
  const people = ['a', 'b', 'c', 'd'].map((name) => personOf(`${name}@example.com`));
  // Each with several requests at once, as a page sends them.
  const accounts = await Promise.all([...people, ...people, ...people].map((person) => ensureAccount({ ctx, person })));
  expect(new Set(accounts.map(({ id }) => id)).size).toBe(4);
  expect(new Set(accounts.filter(({ isAdmin }) => isAdmin).map(({ id }) => id)).size).toBe(1);
});

test('when everybody has left, the next to come is no admin, for the installation is not a fresh one', async () => {
  const { ctx } = opened;
  await sql`update accounts set owner_id = null, is_admin = false`.execute(ctx.database);
  expect(await needsFirstAccount({ ctx })).toBe(false);
  expect((await ensureAccount({ ctx, person: personOf('late@example.com') })).isAdmin).toBe(false);
});

test('where accounts were made before there were people, who comes first is no admin', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'remuvr-older-'));
  const { connectionString, stop } = await openOwnPostgres({ dataDir, role: 'command', log: () => {} });
  const database = openDatabase({ connectionString, maxConnections: 1, onLost: () => {} });
  const folder = new URL('../../src/store/migrations/', import.meta.url);
  for (const name of (await readdir(folder)).sort()) {
    if (name.startsWith('0003')) await sql`insert into accounts (name, plan) values ('older', 'pro')`.execute(database);
    await sql.raw(await readFile(new URL(name, folder), 'utf8')).execute(database);
  }
  const ctx = { ...opened.ctx, database };
  const isNeeded = await needsFirstAccount({ ctx });
  const { isAdmin } = await ensureAccount({ ctx, person: personOf('first@example.com') });
  await database.destroy();
  await stop();
  await rm(dataDir, { recursive: true });
  expect([isNeeded, isAdmin]).toEqual([false, false]);
});

test('an address that the operator gave as a name to an account does not have that account', async () => {
  const { ctx } = opened;
  const made = await createAccount({ ctx, name: 'taken@example.com', plan: 'business' });
  const account = await ensureAccount({ ctx, person: personOf('taken@example.com') });
  expect(made.kind === 'done' && made.account.id).not.toBe(account.id);
  expect(account).toMatchObject({ plan: 'free', name: expect.stringMatching(/^taken@example.com /) });
});

test('who has not confirmed the address has no account, and is not signed in', async () => {
  const { ctx } = opened;
  const person = { ...personOf('unproved@example.com'), isEmailVerified: false };
  const identity = {
    answer: () => Promise.reject(new Error('not asked')),
    hasSession: () => Promise.reject(new Error('not asked')),
    signDevice: () => '',
    findDevice: () => undefined,
    createPerson: () => Promise.reject(new Error('not asked')),
    findSession: async () => ({ person, cookies: [] }),
  };
  const refusal = expect.objectContaining({ code: 'not_signed_in' });
  await expect(findMember({ ctx, identity, headers: new Headers() })).rejects.toEqual(refusal);
  const { rows } = await sql`select id from accounts where owner_id = ${person.id}`.execute(ctx.database);
  expect(rows).toEqual([]);
});

test('a key that is made while its account is closed is none', async () => {
  const { ctx } = opened;
  const person = personOf('closing@example.com');
  const account = await ensureAccount({ ctx, person });
  await closeAccount({ ctx, personId: person.id });
  const traits = { name: '', kind: 'test', origins: [], quality: null, expiresAt: null } as const;
  const overrides = { monthlyRemovals: null, requestsPerSecond: null, maxFileSize: null };
  const { key } = await mintKey(ctx.database, account.id, { ...traits, overrides });
  await expect(authenticateCaller({ ctx, key })).rejects.toMatchObject({ code: 'invalid_api_key' });
  await sweepClosedAccounts(ctx);
});

test('an account has at most 50 keys in use, however many are asked for at once', async () => {
  const { ctx } = opened;
  const account = await ensureAccount({ ctx, person: personOf('collector@example.com') });
  const limits = { monthlyRemovals: null, requestsPerSecond: null, maxFileSize: null };
  const given = { name: '', kind: 'test', expiresAt: null, limits, quality: null, origins: [] } as const;
  const made = await Promise.allSettled(Array.from({ length: 53 }, () => createMemberKey({ ctx, account, given })));
  const refused = made.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(3);
  expect(refused[0]).toMatchObject({ reason: { code: 'invalid_parameter' } });
});

test('who was cut off while leaving has a new account, and the old one goes', async () => {
  const { ctx } = opened;
  const person = personOf('leaver@example.com');
  const old = await ensureAccount({ ctx, person });
  await closeAccount({ ctx, personId: person.id });
  const next = await ensureAccount({ ctx, person });
  expect(next.id).not.toBe(old.id);
  expect(await sweepClosedAccounts(ctx)).toBe(1);
  expect(await sweepClosedAccounts(ctx)).toBe(0);
  expect((await ensureAccount({ ctx, person })).id).toBe(next.id);
});

test('an account whose owner is gone is closed, and no other', async () => {
  const { ctx } = opened;
  const [gone, there] = [personOf('gone@example.com'), personOf('there@example.com')];
  const [lost, kept] = [await ensureAccount({ ctx, person: gone }), await ensureAccount({ ctx, person: there })];
  await sql`insert into remuvr_auth."user" (id, name, email) values (${there.id}, 'There', ${there.email})`.execute(
    ctx.database,
  );
  await sweepOwnerlessAccounts(ctx);
  expect(await sweepOwnerlessAccounts(ctx)).toBe(0);
  const { rows } = await sql<{ id: string; isClosed: boolean }>`
    select id, closed_at is not null as "isClosed" from accounts where id in (${lost.id}, ${kept.id})`.execute(
    ctx.database,
  );
  expect(new Map(rows.map(({ id, isClosed }) => [id, isClosed]))).toEqual(
    new Map([
      [lost.id, true],
      [kept.id, false],
    ]),
  );
});

test('what an address used before it left is forgotten when the month is over', async () => {
  const { ctx } = opened;
  await sql`insert into left_usage values ('\\x01', '2020-01-01', 3), ('\\x02', date_trunc('month', now())::date, 4)`.execute(
    ctx.database,
  );
  await sweepIdle(ctx);
  const { rows } = await sql<{ used: number }>`select used from left_usage`.execute(ctx.database);
  expect(rows).toEqual([{ used: 4 }]);
});

test('a session that cannot be looked up is an outage where the database is away, and a fault where it is not', async () => {
  const identity = {
    answer: () => Promise.reject(new Error('not asked')),
    hasSession: () => Promise.reject(new Error('not asked')),
    signDevice: () => '',
    findDevice: () => undefined,
    createPerson: () => Promise.reject(new Error('not asked')),
    findSession: () => Promise.reject(new Error('a text of the vendor')),
  };
  const headers = new Headers();
  const connectionString = 'postgres://nobody@127.0.0.1:1/nothing';
  const database = openDatabase({ connectionString, maxConnections: 1, onLost: () => {} });
  const away = await findMember({ ctx: { database }, identity, headers }).catch((error: unknown) => error);
  await database.destroy();
  expect(isOutage(away)).toBe(true);
  const there = await findMember({ ctx: opened.ctx, identity, headers }).catch((error: unknown) => error);
  expect([isOutage(there), String(there)]).toEqual([false, 'Error: a text of the vendor']);
});

const attemptOf = (sender: string) => ({ sender, address: undefined, isMailing: false, deviceId: undefined });

test('buckets of senders who have gone are swept, and those of others are kept', async () => {
  const { ctx } = opened;
  const { database } = ctx;
  await slowDown({ ctx, attempt: attemptOf('192.0.2.1') });
  await sql`update rate_buckets set updated_at_ms = updated_at_ms - 3600001`.execute(database);
  await slowDown({ ctx, attempt: attemptOf('192.0.2.2') });
  await sweepIdle(ctx);
  const { rows } = await sql`select scope_id from rate_buckets`.execute(database);
  expect(rows).toHaveLength(1);
});
