/** What an admin does: finds accounts, sets their plans and limits, suspends them, and looks at the queue. */
import { RemuvrError } from '../domain/errors.ts';
import { isUuid } from '../domain/id.ts';
import { accountLimits, changeOverrides, findPlan, type LimitChange, type Limits, listPlans } from '../domain/plan.ts';
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
import { demandPlan } from './change-plan.ts';
import type { AccountContext, DatabaseContext, ServiceContext } from './context.ts';

const MOST_ACCOUNTS = 200;

export type { AdminAccount } from '../store/admin.ts';

export async function findAccounts(input: { ctx: DatabaseContext; search: string }): Promise<AdminAccount[]> {
  const { ctx, search } = input;
  const period = quotaPeriod(await readClock(ctx.database)).start;
  return await searchAccounts(ctx.database, { search, period, limit: MOST_ACCOUNTS });
}

/** Throws `not_found`, or `invalid_parameter` for a plan that there is not, or limits on one that has none of its own. */
export async function administerAccount(input: {
  ctx: ServiceContext;
  admin: Account;
  accountId: string;
  change: Omit<AccountChange, 'limits'> & { readonly limits?: LimitChange | undefined };
}): Promise<Account> {
  const { ctx, admin, accountId, change } = input;
  if (change.plan !== undefined) demandPlan(ctx.plans, change.plan);
  const changed = await ctx.database.transaction().execute(async (tx) => {
    const account = isUuid(accountId) ? await lockAccount(tx, accountId) : undefined;
    const plan = change.plan ?? account?.plan;
    if (plan && change.limits && !findPlan(ctx.plans, plan).hasCustomLimits) {
      throw new RemuvrError(
        'invalid_parameter',
        `The limits of the plan ${plan} are fixed. Plans with custom ones: ${listPlans(ctx.plans, (p) => p.hasCustomLimits)}.`,
      );
    }
    const limits = account && change.limits && changeOverrides(account.overrides, change.limits);
    return account && (await changeAccount(tx, accountId, { ...change, limits }));
  });
  if (!changed) throw new RemuvrError('not_found', 'There is no such account.');
  ctx.log.info({ adminId: admin.id, accountId, ...change }, 'an admin changed an account');
  return changed;
}

export const limitsOf = ({ plans }: Pick<AccountContext, 'plans'>, account: Account): Limits =>
  accountLimits(findPlan(plans, account.plan), account.overrides);

/** Every plan, those without a job too. */
export async function describeQueue({ ctx }: { ctx: AccountContext }): Promise<Omit<QueueLength, 'oldestSeconds'>[]> {
  const counts = await countQueueByPlan(ctx.database);
  return [...ctx.plans.keys()].map((plan) => {
    const { queued = 0, running = 0 } = counts.find((count) => count.plan === plan) ?? {};
    return { plan, queued, running };
  });
}
