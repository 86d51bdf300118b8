/** The operator's verbs on accounts. Refusals are values: each is a sentence for the terminal. */
import { findPlan, type LimitOverrides, listPlans, type PlanName } from '../domain/plan.ts';
import {
  type Account,
  findAccountByName,
  insertAccount,
  updateAccountLimits,
  updateAccountPlan,
} from '../store/accounts.ts';
import type { AccountContext, DatabaseContext } from './context.ts';

export type AccountResult =
  | { readonly kind: 'done'; readonly account: Account }
  | { readonly kind: 'refused'; readonly sentence: string };

const refused = (sentence: string): AccountResult => ({ kind: 'refused', sentence });

export async function createAccount(input: {
  ctx: DatabaseContext;
  name: string;
  plan: PlanName;
}): Promise<AccountResult> {
  const account = await insertAccount(input.ctx.database, input.name, input.plan);
  return account ? { kind: 'done', account } : refused(`There is already an account named "${input.name}".`);
}

export async function setAccountPlan(input: {
  ctx: DatabaseContext;
  name: string;
  plan: PlanName;
}): Promise<AccountResult> {
  const { ctx, name, plan } = input;
  const account = await findAccountByName(ctx.database, name);
  if (!account) return refused(`There is no account named "${name}".`);
  await updateAccountPlan(ctx.database, account.id, { plan, nextPlan: null, planChangesAt: null });
  return { kind: 'done', account: { ...account, plan } };
}

export async function setAccountLimits(input: {
  ctx: AccountContext;
  name: string;
  limits: Partial<LimitOverrides>;
}): Promise<AccountResult> {
  const { ctx, name, limits } = input;
  const account = await findAccountByName(ctx.database, name);
  if (!account) return refused(`There is no account named "${name}".`);
  if (!findPlan(ctx.plans, account.plan).hasCustomLimits) {
    const custom = listPlans(ctx.plans, (plan) => plan.hasCustomLimits);
    return refused(
      `The account "${name}" is on the plan ${account.plan}, whose limits are fixed. Plans with custom ones: ${custom}.`,
    );
  }
  await updateAccountLimits(ctx.database, account.id, limits);
  return { kind: 'done', account: { ...account, overrides: { ...account.overrides, ...limits } } };
}
