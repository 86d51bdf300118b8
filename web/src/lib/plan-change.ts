/** What a change of plan comes to, in words, and where it is asked for. */
import type { Billing, Plan } from '../api/types.ts';
import { formatDate, formatMoney } from './format.ts';

export type PlanChange = {
  readonly plan: Plan;
  readonly current: Plan | undefined;
  /** Whether it has more than the current one. */
  readonly isUp: boolean;
  readonly billing: Billing | null;
};

export const isPaid = ({ price }: Plan): boolean => price !== null && price.amount > 0;

/** A subscription begins on the page of the payment service; after that it is changed here. */
export const needsCheckout = ({ plan, current, billing }: PlanChange): boolean =>
  billing?.state === 'none' && isPaid(plan) && plan.name !== current?.name;

const perMonth = ({ price }: Plan): string =>
  price ? `${formatMoney(price.amount, price.currency)} a ${price.per}` : 'a price that is agreed upon';

export function explainChange(change: PlanChange): string {
  const { plan, current, isUp, billing } = change;
  const kept = 'What you used this month stays counted.';
  if (billing === null) {
    return `Billing is off on this server: nothing is charged. Higher limits hold at once, lower ones from the end of the month. ${kept}`;
  }
  if (needsCheckout(change)) {
    return `You go on to Stripe to pay ${perMonth(plan)}. The plan rises as soon as Stripe confirms the payment. ${kept}`;
  }
  if (plan.name === current?.name) return 'What was going to change is taken back: your plan goes on as it is.';
  const until = billing.renewsAt ? formatDate(billing.renewsAt) : 'the end of the period';
  if (!isPaid(plan)) return `Nothing more is charged. You keep ${current?.title ?? 'your plan'} until ${until}.`;
  if (isUp) {
    return `The difference for the rest of this period is charged now, and ${perMonth(plan)} from the next one on. Higher limits hold as soon as it is paid. ${kept}`;
  }
  return `You keep ${current?.title ?? 'your plan'} until ${until}. From then on it is ${plan.title}, for ${perMonth(plan)}.`;
}
