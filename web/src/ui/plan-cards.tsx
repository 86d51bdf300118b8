/** The plans side by side: on the landing page, and where a plan is chosen. */
import type { ReactNode } from 'react';
import type { Plan } from '../api/types.ts';
import { formatBytes, formatCount, formatMoney } from '../lib/format.ts';
import { Icon } from './icons.tsx';
import { Badge } from './states.tsx';

type Props = { plans: readonly Plan[]; current?: string | undefined; action: (plan: Plan) => ReactNode };

export function PlanCards({ plans, current, action }: Props) {
  return (
    <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      {plans.map((plan) => (
        <li
          key={plan.name}
          className={`flex flex-col rounded-lg border bg-surface p-5 shadow-card ${plan.name === current ? 'border-accent' : 'border-line'}`}
        >
          <div className="flex items-center justify-between gap-2">
            <h3 className="text-lg">{plan.title}</h3>
            {plan.name === current && <Badge tone="good">Your plan</Badge>}
          </div>
          <p className="mt-3 flex items-baseline gap-1.5">
            <span
              className={`numbers font-semibold tracking-tight ${plan.price ? 'text-2xl' : 'text-xl leading-[2.3rem]'}`}
            >
              {priceOf(plan)}
            </span>
            {plan.price && plan.price.amount > 0 && <span className="text-soft">a {plan.price.per}</span>}
          </p>
          <ul className="mt-5 mb-6 grid gap-2.5 text-soft">
            {linesOf(plan).map((line) => (
              <li key={line} className="flex gap-2.5">
                <Icon name="check" className="mt-px text-accent" />
                {line}
              </li>
            ))}
          </ul>
          <div className="mt-auto grid">{action(plan)}</div>
        </li>
      ))}
    </ul>
  );
}

function priceOf({ price }: Plan): string {
  if (!price) return 'On request';
  return price.amount === 0 ? 'Free' : formatMoney(price.amount, price.currency);
}

const linesOf = (plan: Plan): string[] => [
  `${formatCount(plan.monthlyRemovals)} removals a month`,
  `${formatCount(plan.requestsPerSecond)} requests a second`,
  `Files up to ${formatBytes(plan.maxFileSize)}`,
  ...plan.features,
];
