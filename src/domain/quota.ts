/**
 * The monthly quota: reserve before work, keep on success, give back on failure.
 * Used plus reserved never exceeds the limit, so the quota can neither be exceeded nor leak.
 */

/** A calendar month in UTC, whatever zone anything is displayed in. `start` is YYYY-MM-01. */
export type Period = { readonly start: string; readonly resetsAt: Date };

export function quotaPeriod(now: Date): Period {
  const year = now.getUTCFullYear();
  const month = now.getUTCMonth();
  return {
    start: new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10),
    resetsAt: new Date(Date.UTC(year, month + 1, 1)),
  };
}

/** Removals of one period: `used` ended well, `reserved` are under way. */
export type Usage = { readonly used: number; readonly reserved: number };

export const NO_USAGE: Usage = { used: 0, reserved: 0 };

export type ReservationDecision = { readonly kind: 'reserve'; readonly remaining: number } | { readonly kind: 'deny' };

/** Whether `count` more removals fit; `remaining` counts what is left after them. */
export function decideReservation(usage: Usage, limit: number, count = 1): ReservationDecision {
  const remaining = limit - usage.used - usage.reserved;
  return remaining >= count ? { kind: 'reserve', remaining: remaining - count } : { kind: 'deny' };
}

/**
 * What the account is shown. Removals under way count, so that total + remaining is the month's quota at every moment.
 * After a downgrade in mid-month the total may exceed the limit: then nothing remains.
 */
export function usageTotals(usage: Usage, limit: number): { readonly total: number; readonly remaining: number } {
  const total = usage.used + usage.reserved;
  return { total, remaining: Math.max(0, limit - total) };
}
