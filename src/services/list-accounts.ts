/** Every account with its limits and this month's usage, for the operator. */
import { accountLimits, findPlan, type Limits, type PlanName } from '../domain/plan.ts';
import { quotaPeriod, usageTotals } from '../domain/quota.ts';
import { findAccountByName, listAccounts } from '../store/accounts.ts';
import { type ApiKey, listApiKeys } from '../store/api-keys.ts';
import { findUsage } from '../store/usage.ts';
import type { AccountContext, DatabaseContext } from './context.ts';

export type AccountSummary = {
  readonly id: string;
  readonly name: string;
  readonly plan: PlanName;
  readonly limits: Limits;
  readonly usedThisMonth: number;
  readonly createdAt: Date;
};

export async function summarizeAccounts(input: { ctx: AccountContext; now: Date }): Promise<AccountSummary[]> {
  const { database, plans } = input.ctx;
  const period = quotaPeriod(input.now).start;
  const summaries: AccountSummary[] = [];
  for (const { id, name, plan, overrides, createdAt } of await listAccounts(database)) {
    const { monthlyRemovals, requestsPerSecond, maxFileSize } = accountLimits(findPlan(plans, plan), overrides);
    const { total } = usageTotals(await findUsage(database, id, period), monthlyRemovals);
    const limits = { monthlyRemovals, requestsPerSecond, maxFileSize };
    summaries.push({ id, name, plan, limits, usedThisMonth: total, createdAt });
  }
  return summaries;
}

export type KeySummary = ApiKey & { readonly accountName: string };

/** The keys of one account, or of every account. Undefined: there is no account of that name. */
export async function listKeys(input: {
  ctx: DatabaseContext;
  accountName: string | undefined;
}): Promise<KeySummary[] | undefined> {
  const { database } = input.ctx;
  const named = input.accountName === undefined ? undefined : await findAccountByName(database, input.accountName);
  if (input.accountName !== undefined && !named) return undefined;
  const keys: KeySummary[] = [];
  for (const account of named ? [named] : await listAccounts(database)) {
    for (const key of await listApiKeys(database, account.id)) keys.push({ ...key, accountName: account.name });
  }
  return keys;
}
