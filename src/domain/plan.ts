/** The plans, as they are unless the operator's file says otherwise, and the limits of one account and one key of it. */

export type Limits = {
  readonly monthlyRemovals: number;
  readonly requestsPerSecond: number;
  readonly maxFileSize: number;
};

/** For a month. `amount` in whole units of the currency. */
export type Price = { readonly amount: number; readonly currency: string; readonly per: 'month' };

/** An operator may add plans, so any text can be one; the table tells whether it is. */
export type PlanName = string;

export type Plan = Limits & {
  readonly title: string;
  /** Null where it is agreed upon. */
  readonly price: Price | null;
  readonly features: readonly string[];
  /** The higher goes first. */
  readonly priority: number;
  /** Its own among those of all plans, so that no plan starves; see `priority.ts`. */
  readonly turns: number;
  /** Live keys need a paid plan; test keys are for everybody. */
  readonly hasLiveKeys: boolean;
  readonly hasCustomLimits: boolean;
  /** Whoever is on it stays; nobody else is offered it. */
  readonly isHidden: boolean;
  /** The id of the operator's own price at Stripe; null: one of `price` is made there. */
  readonly stripePrice: string | null;
};

export type PlanTable = ReadonlyMap<PlanName, Plan>;

/** Of whoever signs up, and of whoever leaves a paid plan: every table has it, and it costs nothing. */
export const FIRST_PLAN = 'free';

const OFFERED = { isHidden: false, stripePrice: null } as const;

export const PLANS = {
  free: {
    title: 'Free',
    price: { amount: 0, currency: 'USD', per: 'month' },
    features: ['The playground', 'Test keys, whose pictures are stamped'],
    monthlyRemovals: 50,
    requestsPerSecond: 2,
    maxFileSize: 10_000_000,
    priority: 0,
    turns: 1,
    hasLiveKeys: false,
    hasCustomLimits: false,
    ...OFFERED,
  },
  pro: {
    title: 'Pro',
    price: { amount: 29, currency: 'USD', per: 'month' },
    features: ['Live keys', 'Publishable keys for pages', 'Every format and quality'],
    monthlyRemovals: 5_000,
    requestsPerSecond: 10,
    maxFileSize: 10_000_000,
    priority: 1,
    turns: 3,
    hasLiveKeys: true,
    hasCustomLimits: false,
    ...OFFERED,
  },
  business: {
    title: 'Business',
    price: { amount: 99, currency: 'USD', per: 'month' },
    features: ['All of Pro', 'Served before Pro'],
    monthlyRemovals: 25_000,
    requestsPerSecond: 20,
    maxFileSize: 50_000_000,
    priority: 2,
    turns: 4,
    hasLiveKeys: true,
    hasCustomLimits: false,
    ...OFFERED,
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
    turns: 8,
    hasLiveKeys: true,
    hasCustomLimits: true,
    ...OFFERED,
  },
} as const satisfies Record<string, Plan>;

export const DEFAULT_PLANS: PlanTable = new Map(Object.entries(PLANS));

/** The plan of that name; the least where there is none, as of an account whose plan another file had. */
export function findPlan(plans: PlanTable, name: PlanName): Plan {
  return plans.get(name) ?? plans.get(FIRST_PLAN) ?? PLANS[FIRST_PLAN];
}

/** The names of the plans that are so, as a sentence lists them. */
export function listPlans(plans: PlanTable, isSo: (plan: Plan) => boolean = () => true): string {
  const names = [...plans].filter(([, plan]) => isSo(plan)).map(([name]) => name);
  return names.join(', ');
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
export function accountLimits(plan: Plan, overrides: LimitOverrides): Limits {
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
export function decidePlanChange(plans: PlanTable, current: PlanName, asked: PlanName, periodEnd: Date): PlanState {
  const isLess = compareRanks(findPlan(plans, asked), findPlan(plans, current)) < 0;
  if (isLess) return { plan: current, nextPlan: asked, planChangesAt: periodEnd };
  return { plan: asked, nextPlan: null, planChangesAt: null };
}

/** Plans of one priority are told apart by what a month holds. */
export const compareRanks = (a: Plan, b: Plan): number =>
  a.priority - b.priority || a.monthlyRemovals - b.monthlyRemovals;
