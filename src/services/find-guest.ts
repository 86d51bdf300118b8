/** Who calls where no key is asked for: one account, so that what strangers use is counted and can be limited. */
import { RemuvrError } from '../domain/errors.ts';
import { compareRanks } from '../domain/plan.ts';
import { findAccountByName, insertAccount } from '../store/accounts.ts';
import { type Caller, callerOfAccount } from './authenticate-caller.ts';
import type { AccountContext } from './context.ts';

export const GUEST_ACCOUNT = 'guests';

/** The account is made at its first call, on the plan that holds most: the operator may change that, like any other's. */
export async function findGuest({ database, plans }: AccountContext): Promise<Caller> {
  const found = await findAccountByName(database, GUEST_ACCOUNT);
  if (found) return callerOfAccount(plans, found);
  const [first] = [...plans].sort(([, a], [, b]) => compareRanks(b, a));
  if (!first) throw new RemuvrError('internal_error');
  // Another request may have been faster.
  const made =
    (await insertAccount(database, GUEST_ACCOUNT, first[0])) ?? (await findAccountByName(database, GUEST_ACCOUNT));
  if (!made) throw new RemuvrError('internal_error');
  return callerOfAccount(plans, made);
}
