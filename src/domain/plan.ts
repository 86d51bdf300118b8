/** The table of plans, and the limits that hold for one account and one key of it. */

export type Limits = {
  readonly monthlyRemovals: number;
  readonly requestsPerSecond: number;
  readonly maxFileSize: number;
};

/** For a month. `amount` in whole units of the currency. */
export type Price = { readonly amount: number; readonly currency: string; readonly per: 'month' };

type Plan = Limits & {
  readonly title: string;
  /** Null where it is agreed upon. */
  readonly price: Price | null;
  readonly features: readonly string[];
  /** The higher goes first; see `priority.ts` for how the lower ones are kept from starving. */
  readonly priority: number;
  /** Live keys need a paid plan; test keys are for everybody. */
  readonly hasLiveKeys: boolean;
  readonly hasCustomLimits: boolean;
};

export const PLANS = {
  free: {
    title: 'Free',
    price: { amount: 0, currency: 'USD', per: 'month' },
    features: ['The playground', 'Test keys, whose pictures are stamped'],
    monthlyRemovals: 50,
    requestsPerSecond: 2,
    maxFileSize: 10_000_000,
    priority: 0,
    hasLiveKeys: false,
    hasCustomLimits: false,
  },
  pro: {
    title: 'Pro',
    price: { amount: 29, currency: 'USD', per: 'month' },
    features: ['Live keys', 'Publishable keys for pages', 'Every format and quality'],
    monthlyRemovals: 5_000,
    requestsPerSecond: 10,
    maxFileSize: 10_000_000,
    priority: 1,
    hasLiveKeys: true,
    hasCustomLimits: false,
  },
  business: {
    title: 'Business',
    price: { amount: 99, currency: 'USD', per: 'month' },
    features: ['All of Pro', 'Files of up to 50 MB', 'Served before Pro'],
    monthlyRemovals: 25_000,
    requestsPerSecond: 20,
    maxFileSize: 50_000_000,
    priority: 2,
    hasLiveKeys: true,
    hasCustomLimits: false,
  },
  /** Where the operator sets nothing else for the account. */
  enterprise: {
    title: 'Enterprise',
    price: null,
    features: ['All of Business', 'Limits as you need them', 'Served first'],
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

/** As a caller writes them: what is absent stays as it was. */
export type LimitChange = { readonly [K in keyof Limits]?: Limits[K] | null | undefined };

export const NO_OVERRIDES: LimitOverrides = { monthlyRemovals: null, requestsPerSecond: null, maxFileSize: null };

export function changeOverrides(old: LimitOverrides, change: LimitChange): LimitOverrides {
  const pick = (name: keyof Limits): number | null => (change[name] === undefined ? old[name] : change[name]);
  return {
    monthlyRemovals: pick('monthlyRemovals'),
    requestsPerSecond: pick('requestsPerSecond'),
    maxFileSize: pick('maxFileSize'),
  };
}

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

export type PlanState = {
  readonly plan: PlanName;
  /** What it becomes at `planChangesAt`; both null where nothing is going to change. */
  readonly nextPlan: PlanName | null;
  readonly planChangesAt: Date | null;
};

/** More is had at once; less, when the period that is under way ends; the plan that one has, by staying. */
export function decidePlanChange(current: PlanName, asked: PlanName, periodEnd: Date): PlanState {
  const isLess = PLANS[asked].priority < PLANS[current].priority;
  if (isLess) return { plan: current, nextPlan: asked, planChangesAt: periodEnd };
  return { plan: asked, nextPlan: null, planChangesAt: null };
}
