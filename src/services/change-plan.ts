/** Changes of plan where no money is involved: more at once, less when the month ends. */
import { RemuvrError } from '../domain/errors.ts';
import { decidePlanChange, PLANS, type PlanName } from '../domain/plan.ts';
import { quotaPeriod } from '../domain/quota.ts';
import { type Account, applyDuePlans, lockAccount, updateAccountPlan } from '../store/accounts.ts';
import { readClock } from '../store/database.ts';
import type { DatabaseContext, Log } from './context.ts';

/** Throws `plan_required` for a plan whose limits are agreed with the operator. */
export async function changePlan(input: { ctx: DatabaseContext; accountId: string; plan: PlanName }): Promise<Account> {
  const { ctx, accountId, plan } = input;
  return await ctx.database.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, accountId);
    if (!account) throw new RemuvrError('not_found');
    if (PLANS[plan].hasCustomLimits && account.plan !== plan) {
      throw new RemuvrError('plan_required', `The plan ${plan} is set up by whoever runs this server.`);
    }
    const state = decidePlanChange(account.plan, plan, quotaPeriod(await readClock(tx)).resetsAt);
    await updateAccountPlan(tx, accountId, state);
    return { ...account, ...state };
  });
}

export async function sweepDuePlans(ctx: DatabaseContext & { readonly log: Log }): Promise<void> {
  const count = await applyDuePlans(ctx.database);
  if (count > 0) ctx.log.info({ accounts: count }, 'plans changed at the end of their month');
}
