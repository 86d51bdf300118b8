/** Changes of plan where no money is involved: more at once, less when the month ends. */
import { RemuvrError } from '../domain/errors.ts';
import { decidePlanChange, findPlan, listPlans, type PlanName, type PlanTable } from '../domain/plan.ts';
import { quotaPeriod } from '../domain/quota.ts';
import { type Account, applyDuePlans, listPlansInUse, lockAccount, updateAccountPlan } from '../store/accounts.ts';
import { followPlans } from '../store/billing.ts';
import { readClock } from '../store/database.ts';
import type { AccountContext, DatabaseContext, Log } from './context.ts';

/** Throws `invalid_parameter` for a plan that this server does not have; `isOffered`: or does not offer to its people. */
export function demandPlan(plans: PlanTable, name: PlanName, isOffered = false): void {
  const plan = plans.get(name);
  if (plan && !(isOffered && plan.isHidden)) return;
  const known = listPlans(plans, (each) => !(isOffered && each.isHidden));
  throw new RemuvrError('invalid_parameter', `The parameter "plan" must be one of ${known}.`);
}

/** Before a server starts: an account on a plan that the file no longer has would be held to the limits of the least. */
export async function demandPlansInUse({ database, plans }: AccountContext): Promise<void> {
  const missing = (await listPlansInUse(database)).filter((name) => !plans.has(name));
  if (missing.length === 0) return;
  throw new Error(
    `There are accounts on plans that this server does not have: ${missing.join(', ')}. Add them to PLANS_FILE, hidden if you like, or move the accounts by: remuvr accounts set-plan`,
  );
}

/** Throws `plan_required` for a plan whose limits are agreed with the operator. */
export async function changePlan(input: { ctx: AccountContext; accountId: string; plan: PlanName }): Promise<Account> {
  const { ctx, accountId, plan } = input;
  return await ctx.database.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, accountId);
    if (!account) throw new RemuvrError('not_found');
    if (account.plan !== plan) demandPlan(ctx.plans, plan, true);
    if (findPlan(ctx.plans, plan).hasCustomLimits && account.plan !== plan) {
      throw new RemuvrError('plan_required', `The plan ${plan} is set up by whoever runs this server.`);
    }
    const state = decidePlanChange(ctx.plans, account.plan, plan, quotaPeriod(await readClock(tx)).resetsAt);
    await updateAccountPlan(tx, accountId, state);
    return { ...account, ...state };
  });
}

export async function sweepDuePlans(ctx: DatabaseContext & { readonly log: Log }): Promise<void> {
  const ids = await ctx.database.transaction().execute(async (tx) => {
    const due = await applyDuePlans(tx);
    await followPlans(tx, due);
    return due;
  });
  if (ids.length > 0) ctx.log.info({ accounts: ids.length }, 'plans changed at the end of their period');
}
