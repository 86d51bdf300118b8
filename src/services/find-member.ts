/** Someone who is signed in, with the account that they own. */

import { randomBytes } from 'node:crypto';
import { RemuvrError } from '../domain/errors.ts';
import { encodeBase62, SECRET_BYTES } from '../domain/id.ts';
import { FIRST_PLAN, type PlanName } from '../domain/plan.ts';
import { quotaPeriod } from '../domain/quota.ts';
import type { Identity, Person } from '../ports/identity.ts';
import { type Account, updateAccountPlan } from '../store/accounts.ts';
import { type Database, pingDatabase, readClock } from '../store/database.ts';
import { carryLeftUsage } from '../store/left-usage.ts';
import {
  deleteSession,
  findAccountOfOwner,
  hadFirstAdmin,
  insertOwnedAccount,
  lockOwnedAccounts,
  noteFirstAdmin,
} from '../store/owned-accounts.ts';
import type { DatabaseContext } from './context.ts';

export { ADDRESS_HEADER, type Identity } from '../ports/identity.ts';

/** `cookies`: for the answer, where the session was prolonged. */
export type Member = { readonly person: Person; readonly account: Account; readonly cookies: readonly string[] };

/** Undefined where nobody is signed in. */
export async function findMember(input: {
  ctx: DatabaseContext;
  identity: Identity;
  headers: Headers;
}): Promise<Member | undefined> {
  const { ctx, identity, headers } = input;
  const session = await identity.findSession(headers).catch(async (error: unknown) => {
    // The vendor's error does not say whether the database is away; the database does.
    await pingDatabase(ctx.database);
    throw error;
  });
  return session && { ...session, account: await ensureAccount({ ctx, person: session.person }) };
}

/**
 * The account of the person, made where there is none: a person whose sign-up was cut off before it gets one here.
 * The first of a fresh installation is its admin. Throws `not_signed_in` for
 * whoever has not proved the address, and was not proved by a provider.
 */
export async function ensureAccount(input: {
  ctx: DatabaseContext;
  person: Person;
  isAdmin?: boolean;
}): Promise<Account> {
  const { ctx, person, isAdmin = false } = input;
  if (!person.isEmailVerified) throw new RemuvrError('not_signed_in', 'The mail address is not confirmed yet.');
  const known = await findAccountOfOwner(ctx.database, person.id);
  return known ?? (await makeAccount(ctx.database, person, isAdmin));
}

async function makeAccount(database: Database, person: Person, isAdmin: boolean): Promise<Account> {
  return await database.transaction().execute(async (tx) => {
    await lockOwnedAccounts(tx);
    // Another request of the same person may have made it meanwhile.
    const known = await findAccountOfOwner(tx, person.id);
    if (known) return known;
    const isFirst = await noteFirstAdmin(tx);
    const account = { ownerId: person.id, plan: FIRST_PLAN, isAdmin: isAdmin || isFirst };
    // The operator may have given the name to an account of theirs, which is not to be had by an address of that name.
    const made =
      (await insertOwnedAccount(tx, { ...account, name: person.email })) ??
      (await insertOwnedAccount(tx, { ...account, name: `${person.email} ${encodeBase62(randomBytes(6))}` }));
    if (!made) throw new Error('an account could not be made for a person who has none');
    await carryLeftUsage(tx, made.id, person.email, quotaPeriod(await readClock(tx)).start);
    return made;
  });
}

/** The password of a new admin; undefined where the address is taken. */
export async function createAdminPerson(input: {
  ctx: DatabaseContext;
  identity: Identity;
  email: string;
  plan: PlanName;
}): Promise<string | undefined> {
  const { ctx, identity, email, plan } = input;
  const password = encodeBase62(randomBytes(SECRET_BYTES));
  const person = await identity.createPerson({ email, name: email.split('@')[0] ?? email, password });
  if (!person) return undefined;
  const account = await ensureAccount({ ctx, person, isAdmin: true });
  await updateAccountPlan(ctx.database, account.id, { plan, nextPlan: null, planChangesAt: null });
  return password;
}

/** Whether the person had such a session. */
export async function endSession(input: { ctx: DatabaseContext; person: Person; sessionId: string }): Promise<boolean> {
  const { ctx, person, sessionId } = input;
  return await deleteSession(ctx.database, person.id, sessionId);
}

/** Whether the next person to sign up will be the admin. */
export async function needsFirstAccount({ ctx }: { ctx: DatabaseContext }): Promise<boolean> {
  return !(await hadFirstAdmin(ctx.database));
}
