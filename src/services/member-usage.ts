/** One month of an account: against its quota, by day, by key, and how long it took. */
import { accountLimits, findPlan } from '../domain/plan.ts';
import { quotaPeriod, usageTotals } from '../domain/quota.ts';
import type { Account } from '../store/accounts.ts';
import { readClock } from '../store/database.ts';
import { countJobsByDay, type DayCount, type Latency, measureLatency } from '../store/job-list.ts';
import { findUsage } from '../store/usage.ts';
import type { AccountContext } from './context.ts';

type Count = { readonly succeeded: number; readonly failed: number };

export type MonthReport = {
  /** YYYY-MM. */
  readonly month: string;
  readonly used: number;
  readonly quota: number;
  readonly resetsAt: Date;
  readonly days: readonly (Count & { readonly date: string })[];
  readonly keys: readonly (Count & { readonly id: string | null; readonly name: string })[];
  readonly latencyMs: Latency;
  /** By day and key. */
  readonly rows: readonly (Count & { readonly date: string; readonly key: string })[];
};

const PLAYGROUND = 'Playground';

/** `month`: YYYY-MM; this month where it is undefined. */
export async function reportMonth(input: {
  ctx: AccountContext;
  account: Account;
  month: string | undefined;
}): Promise<MonthReport> {
  const { ctx, account, month } = input;
  const period = quotaPeriod(month === undefined ? await readClock(ctx.database) : new Date(`${month}-01T00:00:00Z`));
  const quota = accountLimits(findPlan(ctx.plans, account.plan), account.overrides).monthlyRemovals;
  const counts = await countJobsByDay(ctx.database, account.id, period.start);
  const usage = await findUsage(ctx.database, account.id, period.start);
  return {
    month: period.start.slice(0, 7),
    used: usageTotals(usage, quota).total,
    quota,
    resetsAt: period.resetsAt,
    days: sumBy(counts, (count) => count.date).map(({ first, ...sum }) => ({ date: first.date, ...sum })),
    keys: sumBy(counts, (count) => count.keyId ?? '').map(({ first, ...sum }) => ({
      id: first.keyId,
      name: first.keyName ?? PLAYGROUND,
      ...sum,
    })),
    latencyMs: await measureLatency(ctx.database, account.id, period.start),
    rows: counts.map(({ date, keyName, succeeded, failed }) => ({
      date,
      key: keyName ?? PLAYGROUND,
      succeeded,
      failed,
    })),
  };
}

function sumBy(counts: readonly DayCount[], nameOf: (count: DayCount) => string): (Count & { first: DayCount })[] {
  const sums = new Map<string, Count & { first: DayCount }>();
  for (const count of counts) {
    const sum = sums.get(nameOf(count)) ?? { first: count, succeeded: 0, failed: 0 };
    sums.set(nameOf(count), {
      first: sum.first,
      succeeded: sum.succeeded + count.succeeded,
      failed: sum.failed + count.failed,
    });
  }
  return [...sums.values()];
}
