/** The table of plans, and the limits that hold for one account and one key of it. */

export type Limits = {
  readonly monthlyRemovals: number;
  readonly requestsPerSecond: number;
  readonly maxFileSize: number;
};

type Plan = Limits & {
  /** The higher goes first; see `priority.ts` for how the lower ones are kept from starving. */
  readonly priority: number;
  /** Live keys need a paid plan; test keys are for everybody. */
  readonly hasLiveKeys: boolean;
  readonly hasCustomLimits: boolean;
};

export const PLANS = {
  free: {
    monthlyRemovals: 50,
    requestsPerSecond: 2,
    maxFileSize: 10_000_000,
    priority: 0,
    hasLiveKeys: false,
    hasCustomLimits: false,
  },
  pro: {
    monthlyRemovals: 5_000,
    requestsPerSecond: 10,
    maxFileSize: 10_000_000,
    priority: 1,
    hasLiveKeys: true,
    hasCustomLimits: false,
  },
  business: {
    monthlyRemovals: 25_000,
    requestsPerSecond: 20,
    maxFileSize: 50_000_000,
    priority: 2,
    hasLiveKeys: true,
    hasCustomLimits: false,
  },
  /** Where the operator sets nothing else for the account. */
  enterprise: {
    monthlyRemovals: 100_000,
    requestsPerSecond: 50,
    maxFileSize: 100_000_000,
    priority: 3,
    hasLiveKeys: true,
    hasCustomLimits: true,
  },
} as const satisfies Record<string, Plan>;

export type PlanName = keyof typeof PLANS;
export const PLAN_NAMES = Object.keys(PLANS) as PlanName[];

export function isPlanName(text: string): text is PlanName {
  return Object.hasOwn(PLANS, text);
}

/** What an operator set in place of the plan's own numbers; null where nothing was set. */
export type LimitOverrides = { readonly [K in keyof Limits]: Limits[K] | null };

/** The limits of an account. Overrides count only on a plan that sells custom limits, so a downgrade ends them. */
export function accountLimits(planName: PlanName, overrides: LimitOverrides): Limits {
  const plan = PLANS[planName];
  if (!plan.hasCustomLimits) return plan;
  return {
    monthlyRemovals: overrides.monthlyRemovals ?? plan.monthlyRemovals,
    requestsPerSecond: overrides.requestsPerSecond ?? plan.requestsPerSecond,
    maxFileSize: overrides.maxFileSize ?? plan.maxFileSize,
  };
}

/** The largest file that a key may send: a key's own limit narrows its account's, never widens it. */
export function keyMaxFileSize(account: Limits, key: LimitOverrides): number {
  return Math.min(account.maxFileSize, key.maxFileSize ?? account.maxFileSize);
}
