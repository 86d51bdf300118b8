/** What an admin does: finds accounts, sets their plans and limits, suspends them, and looks at the queue. */
import { RemuvrError } from '../domain/errors.ts';
import { isUuid } from '../domain/id.ts';
import { accountLimits, changeOverrides, type LimitChange, type Limits, PLAN_NAMES, PLANS } from '../domain/plan.ts';
import { quotaPeriod } from '../domain/quota.ts';
import { type Account, lockAccount } from '../store/accounts.ts';
import {
  type AccountChange,
  type AdminAccount,
  changeAccount,
  countQueueByPlan,
  type QueueLength,
  searchAccounts,
} from '../store/admin.ts';
import { readClock } from '../store/database.ts';
import type { DatabaseContext, ServiceContext } from './context.ts';

const MOST_ACCOUNTS = 200;

export type { AdminAccount } from '../store/admin.ts';

export async function findAccounts(input: { ctx: DatabaseContext; search: string }): Promise<AdminAccount[]> {
  const { ctx, search } = input;
  const period = quotaPeriod(await readClock(ctx.database)).start;
  return await searchAccounts(ctx.database, { search, period, limit: MOST_ACCOUNTS });
}

/** Throws `not_found`, or `invalid_parameter` for limits on a plan that has none of its own. */
export async function administerAccount(input: {
  ctx: ServiceContext;
  admin: Account;
  accountId: string;
  change: Omit<AccountChange, 'limits'> & { readonly limits?: LimitChange | undefined };
}): Promise<Account> {
  const { ctx, admin, accountId, change } = input;
  const changed = await ctx.database.transaction().execute(async (tx) => {
    const account = isUuid(accountId) ? await lockAccount(tx, accountId) : undefined;
    const plan = change.plan ?? account?.plan;
    if (plan && change.limits && !PLANS[plan].hasCustomLimits) {
      throw new RemuvrError(
        'invalid_parameter',
        `The limits of the plan ${plan} are fixed; enterprise has custom ones.`,
      );
    }
    const limits = account && change.limits && changeOverrides(account.overrides, change.limits);
    return account && (await changeAccount(tx, accountId, { ...change, limits }));
  });
  if (!changed) throw new RemuvrError('not_found', 'There is no such account.');
  ctx.log.info({ adminId: admin.id, accountId, ...change }, 'an admin changed an account');
  return changed;
}

export const limitsOf = (account: Account): Limits => accountLimits(account.plan, account.overrides);

/** Every plan, those without a job too. */
export async function describeQueue({ ctx }: { ctx: DatabaseContext }): Promise<QueueLength[]> {
  const counts = await countQueueByPlan(ctx.database);
  return PLAN_NAMES.map((plan) => counts.find((count) => count.plan === plan) ?? { plan, queued: 0, running: 0 });
}
