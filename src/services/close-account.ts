/**
 * The end of an account: at once its keys are dead and its results are due; then, as soon as no picture of it is left in
 * the storage, it is deleted with its keys and jobs. A crash in between is made good by the next sweep.
 */
import { revokeKeysOfAccount } from '../store/api-keys.ts';
import { expireResultsOfClosedAccounts } from '../store/jobs.ts';
import { closeAccountOfOwner, deleteClosedAccount, listEmptyClosedAccounts } from '../store/owned-accounts.ts';
import type { DatabaseContext } from './context.ts';

const BATCH = 100;

export async function closeAccount(input: { ctx: DatabaseContext; personId: string }): Promise<void> {
  await input.ctx.database.transaction().execute(async (tx) => {
    const accountId = await closeAccountOfOwner(tx, input.personId);
    if (accountId === undefined) return;
    await revokeKeysOfAccount(tx, accountId);
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
