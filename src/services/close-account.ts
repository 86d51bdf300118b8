/**
 * The end of an account: at once its keys are dead and its results are due; then, as soon as no picture of it is left in
 * the storage, it is deleted with its keys and jobs. A crash in between is made good by the next sweep.
 */
import { quotaPeriod } from '../domain/quota.ts';
import { revokeKeysOfAccount } from '../store/api-keys.ts';
import { readClock } from '../store/database.ts';
import { expireResultsOfClosedAccounts } from '../store/jobs.ts';
import { noteLeftUsage } from '../store/left-usage.ts';
import {
  closeAccountOfOwner,
  deleteClosedAccount,
  findAccountOfOwner,
  listEmptyClosedAccounts,
  listOwnersWhoAreGone,
} from '../store/owned-accounts.ts';
import type { DatabaseContext } from './context.ts';

const BATCH = 100;

export async function closeAccount(input: { ctx: DatabaseContext; personId: string }): Promise<void> {
  await input.ctx.database.transaction().execute(async (tx) => {
    const account = await findAccountOfOwner(tx, input.personId);
    if (!account) return;
    await noteLeftUsage(tx, account.id, quotaPeriod(await readClock(tx)).start);
    await closeAccountOfOwner(tx, input.personId);
    await revokeKeysOfAccount(tx, account.id);
    await expireResultsOfClosedAccounts(tx);
  });
}

/** Returns how many were deleted. */
export async function sweepClosedAccounts(ctx: DatabaseContext): Promise<number> {
  await expireResultsOfClosedAccounts(ctx.database);
  const ids = await listEmptyClosedAccounts(ctx.database, BATCH);
  for (const id of ids) await deleteClosedAccount(ctx.database, id);
  return ids.length;
}

/** A person who was deleted while the server died may have left an account. Returns how many were closed. */
export async function sweepOwnerlessAccounts(ctx: DatabaseContext): Promise<number> {
  const personIds = await listOwnersWhoAreGone(ctx.database, BATCH);
  for (const personId of personIds) await closeAccount({ ctx, personId });
  return personIds.length;
}
