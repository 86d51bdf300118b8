/** This month's removals of the caller against its quota. */
import type { Limits, PlanName } from '../domain/plan.ts';
import { quotaPeriod, usageTotals } from '../domain/quota.ts';
import { findUsage } from '../store/usage.ts';
import type { Caller } from './authenticate-caller.ts';
import type { DatabaseContext } from './context.ts';

export type UsageReport = {
  readonly plan: PlanName;
  readonly total: number;
  readonly remaining: number;
  readonly resetsAt: Date;
  readonly limits: Limits;
};

/** `now`: of the database's clock. */
export async function describeUsage(input: { ctx: DatabaseContext; caller: Caller; now: Date }): Promise<UsageReport> {
  const { ctx, caller, now } = input;
  const period = quotaPeriod(now);
  const usage = await findUsage(ctx.database, caller.accountId, period.start);
  const { total, remaining } = usageTotals(usage, caller.limits.monthlyRemovals);
  return { plan: caller.plan, total, remaining, resetsAt: period.resetsAt, limits: caller.limits };
}
