/** The plans side by side: on the landing page, and where a plan is chosen. */
import { type ReactNode, useEffect, useRef } from 'react';
import { useSearchParams } from 'react-router';
import type { Plan } from '../api/types.ts';
import { formatBytes, formatCount, formatMoney } from '../lib/format.ts';
import { Icon } from './icons.tsx';
import { Badge } from './states.tsx';

/** `?choose=pro` is the plan that somebody picked before signing up. */
type Props = { plans: readonly Plan[]; current?: string | undefined; action: (plan: Plan) => ReactNode };

export function PlanCards({ plans, current, action }: Props) {
  const [search] = useSearchParams();
  const wanted = search.get('choose');
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (wanted !== null) list.current?.querySelector('[data-wanted]')?.scrollIntoView({ block: 'nearest' });
  }, [wanted]);
  const isWanted = ({ name }: Plan): boolean => name === wanted && name !== current;
  const hasWanted = plans.some(isWanted);
  const frameOf = (plan: Plan): string => {
    if (isWanted(plan)) return 'border-accent ring-1 ring-accent';
    return plan.name === current && !hasWanted ? 'border-accent' : 'border-line';
  };
  return (
    <ul ref={list} className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      {plans.map((plan) => (
        <li
          key={plan.name}
          data-wanted={isWanted(plan) || undefined}
          className={`flex flex-col rounded-lg border bg-surface p-5 shadow-card ${frameOf(plan)}`}
        >
          <div className="flex items-center justify-between gap-2">
            <h3 className="text-lg">{plan.title}</h3>
            {plan.name === current && <Badge tone="good">Your plan</Badge>}
            {isWanted(plan) && <Badge tone="good">You chose this</Badge>}
          </div>
          <p className="mt-3 flex items-baseline gap-1.5">
            <span
              className={`numbers font-semibold tracking-tight ${plan.price ? 'text-2xl' : 'text-xl leading-[2.3rem]'}`}
            >
              {priceOf(plan)}
            </span>
            {plan.price && <span className="text-soft">a {plan.price.per}</span>}
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
  return price ? formatMoney(price.amount, price.currency) : 'On request';
}

const linesOf = (plan: Plan): string[] => [
  `${formatCount(plan.monthlyRemovals)} removals a month`,
  `${formatCount(plan.requestsPerSecond)} requests a second`,
  `Files up to ${formatBytes(plan.maxFileSize)}`,
  ...plan.features,
];
