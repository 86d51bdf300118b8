/**
 * The operator's own plans, as JSON: members that change a plan of the table, whole plans that are added, and plans that
 * are hidden. Strict: what is not understood is refused, with its place.
 */
import {
  compareRanks,
  DEFAULT_PLANS,
  FIRST_PLAN,
  type Plan,
  type PlanName,
  type PlanTable,
  type Price,
} from './plan.ts';

/** `problem`: where in the file what is wrong, as the rest of a sentence. */
export type PlansReading =
  | { readonly kind: 'plans'; readonly plans: PlanTable }
  | { readonly kind: 'refused'; readonly problem: string };

type Rule = { readonly form: string; readonly isFitting: (value: unknown) => boolean };

const integer = (min: number, max: number): Rule => ({
  form: `a whole number from ${min} to ${max}`,
  isFitting: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
});
const isText = (value: unknown, longest: number): boolean =>
  typeof value === 'string' && value.trim() === value && value.length >= 1 && value.length <= longest;
const flag: Rule = { form: 'true or false', isFitting: (value) => typeof value === 'boolean' };

const LARGEST_INT = 2_147_483_647;
const MOST_FEATURES = 12;

/** In the file's own names, which are those of the table. */
const MEMBERS: { readonly [K in keyof Plan]: Rule } = {
  title: { form: 'text of 1 to 40 characters', isFitting: (value) => isText(value, 40) },
  price: {
    form: 'null, or {"amount":29,"currency":"USD","per":"month"} with an amount of at most two decimals',
    isFitting: isPriceOrNull,
  },
  features: {
    form: `a list of at most ${MOST_FEATURES} texts of 1 to 80 characters`,
    isFitting: (value) =>
      Array.isArray(value) && value.length <= MOST_FEATURES && value.every((line) => isText(line, 80)),
  },
  monthlyRemovals: integer(0, LARGEST_INT),
  requestsPerSecond: integer(1, LARGEST_INT),
  maxFileSize: integer(1, 1e12),
  priority: integer(0, 1000),
  turns: integer(1, 100),
  hasLiveKeys: flag,
  hasCustomLimits: flag,
  isHidden: flag,
  stripePrice: {
    form: 'null, or the id of a price at Stripe, such as "price_1Abc"',
    isFitting: (value) => value === null || (typeof value === 'string' && /^price_\w{1,100}$/.test(value)),
  },
};

/** What a plan that is added need not name. */
const ADDED = { isHidden: false, stripePrice: null, hasCustomLimits: false, hasLiveKeys: true };

const MOST_PLANS = 20;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isPriceOrNull(value: unknown): boolean {
  if (value === null) return true;
  if (!isObject(value) || Object.keys(value).sort().join() !== 'amount,currency,per') return false;
  const { amount, currency, per } = value as Partial<Price>;
  const isMoney = typeof amount === 'number' && amount >= 0 && amount <= 1e7 && Number(amount.toFixed(2)) === amount;
  return isMoney && typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) && per === 'month';
}

/** The default plans with the changes of the file, and those that it adds; the least first. */
export function readPlans(text: string): PlansReading {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return refuse('is no JSON');
  }
  if (!isObject(given)) return refuse('must be an object of plans by their names');
  const plans = new Map(DEFAULT_PLANS);
  for (const [name, members] of Object.entries(given)) {
    const problem = findProblem(name, members);
    if (problem !== undefined) return refuse(problem);
    plans.set(name, { ...ADDED, ...DEFAULT_PLANS.get(name), ...(members as Plan) });
  }
  if (plans.size > MOST_PLANS) return refuse(`has more than ${MOST_PLANS} plans`);
  const free = plans.get(FIRST_PLAN);
  if (free?.isHidden) return refuse(`hides the plan "${FIRST_PLAN}", on which everybody begins`);
  if (free?.price?.amount !== 0) return refuse(`has a price for the plan "${FIRST_PLAN}", on which everybody begins`);
  return { kind: 'plans', plans: new Map([...plans].sort(([, a], [, b]) => compareRanks(a, b))) };
}

const refuse = (problem: string): PlansReading => ({ kind: 'refused', problem });

function findProblem(name: PlanName, members: unknown): string | undefined {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    return `has a plan "${name}", but a name is of small letters, digits and hyphens, at most 32`;
  }
  if (!isObject(members)) return `has a plan "${name}" that is no object`;
  for (const [member, value] of Object.entries(members)) {
    const rule = Object.hasOwn(MEMBERS, member) ? MEMBERS[member as keyof Plan] : undefined;
    if (!rule) return `has "${member}" in the plan "${name}", which no plan has`;
    if (!rule.isFitting(value)) return `has a "${member}" in the plan "${name}" that is not ${rule.form}`;
  }
  const base = DEFAULT_PLANS.get(name) ?? ADDED;
  const missing = Object.keys(MEMBERS).find((member) => !(member in base) && !(member in members));
  return missing === undefined ? undefined : `lacks "${missing}" in the plan "${name}", which is not one of its own`;
}
