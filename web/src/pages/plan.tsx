import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/client.ts';
import { useMe, usePlans, useUsage } from '../api/queries.ts';
import type { Account, Plan } from '../api/types.ts';
import { formatCount, formatDate, monthOf } from '../lib/format.ts';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { PlanCards } from '../ui/plan-cards.tsx';
import { Badge, Card, Failed, Loading, Meter, Note, PageHeader } from '../ui/states.tsx';
import { useToast } from '../ui/toast.tsx';

type Answer = { account?: Account; checkoutUrl?: string };

export default function PlanPage() {
  const me = useMe();
  const plans = usePlans();
  const [chosen, setChosen] = useState<Plan | null>(null);
  const isBillingOff = me.data?.server.billing === 'none';
  const current = me.data?.account.plan;
  const rankOf = (name: string | undefined): number => plans.data?.findIndex((plan) => plan.name === name) ?? -1;
  return (
    <>
      <PageHeader
        title="Plan & billing"
        lead="An upgrade holds at once. A downgrade waits for the end of the period."
      />
      <div className="grid gap-5">
        {isBillingOff && (
          <Note tone="warn">
            <strong>Billing is off on this server.</strong> Plans change without a payment.
          </Note>
        )}
        <Current />
        {plans.isPending && <Loading label="Loading the plans" />}
        {plans.error && <Failed error={plans.error} onRetry={() => void plans.refetch()} />}
        {plans.data && (
          <section aria-labelledby="all-plans">
            <h2 id="all-plans" className="mt-3 mb-4 text-lg">
              All plans
            </h2>
            <PlanCards
              plans={plans.data}
              current={current}
              action={(plan) => (
                <Choice
                  plan={plan}
                  current={current}
                  isUp={rankOf(plan.name) > rankOf(current)}
                  isLeaving={Boolean(me.data?.account.nextPlan)}
                  onChoose={() => setChosen(plan)}
                />
              )}
            />
          </section>
        )}
      </div>
      {chosen && <ChangeDialog plan={chosen} isBillingOff={isBillingOff} onClose={() => setChosen(null)} />}
    </>
  );
}

function Choice(props: {
  plan: Plan;
  current: string | undefined;
  isUp: boolean;
  isLeaving: boolean;
  onChoose: () => void;
}) {
  const { plan, current, isUp, isLeaving, onChoose } = props;
  // Choosing the plan that one has takes a downgrade back.
  if (plan.name === current && isLeaving) return <Button onClick={onChoose}>Stay on {plan.title}</Button>;
  if (plan.name === current) return <Button disabled>Your plan</Button>;
  if (!plan.price) return <p className="py-2 text-soft">Set up for you by who runs this server.</p>;
  return (
    <Button look={isUp ? 'primary' : 'plain'} onClick={onChoose}>
      {isUp ? 'Upgrade' : 'Change'} to {plan.title}
    </Button>
  );
}

function Current() {
  const me = useMe();
  const usage = useUsage(monthOf(new Date()));
  const portal = useMutation({
    mutationFn: () => call<{ url: string }>('/api/billing/portal', { method: 'POST' }),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  if (!me.data) return null;
  const { account, server } = me.data;
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <h2 className="flex items-center gap-3 text-xl capitalize">
          {account.plan}
          {account.nextPlan && account.planChangesAt && (
            <Badge tone="warn">
              {account.nextPlan} from {formatDate(account.planChangesAt)}
            </Badge>
          )}
        </h2>
        {server.billing === 'stripe' && (
          <Button icon="card" isBusy={portal.isPending} onClick={() => portal.mutate()}>
            Invoices and payment
          </Button>
        )}
      </div>
      {portal.error && <Failed error={portal.error} />}
      {usage.data && (
        <div className="mt-5 grid gap-2">
          <Meter label="Removals used of the month" value={usage.data.used} max={usage.data.quota} />
          <p className="numbers text-soft">
            {formatCount(usage.data.used)} of {formatCount(usage.data.quota)} removals this month.{' '}
            <Link className="prose-link" to="/usage">
              See the usage
            </Link>
          </p>
        </div>
      )}
    </Card>
  );
}

function ChangeDialog(props: { plan: Plan; isBillingOff: boolean; onClose: () => void }) {
  const { plan, isBillingOff, onClose } = props;
  const queries = useQueryClient();
  const say = useToast();
  const change = useMutation({
    mutationFn: () => call<Answer>('/api/plan', { method: 'POST', json: { plan: plan.name } }),
    onSuccess: async ({ account, checkoutUrl }) => {
      if (checkoutUrl) return window.location.assign(checkoutUrl);
      await queries.invalidateQueries();
      say(account?.nextPlan ? `${plan.title} begins when this period ends` : `You are on ${plan.title} now`);
      onClose();
    },
  });
  return (
    <Confirm
      title={`Change to ${plan.title}?`}
      verb={`Change to ${plan.title}`}
      look="primary"
      isBusy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate()}
      onClose={onClose}
    >
      {isBillingOff
        ? 'Billing is off on this server: nothing is charged. Higher limits hold at once; what you used this month stays counted.'
        : 'You go on to the payment page. Higher limits hold at once, lower ones from the end of the period; what you used this month stays counted.'}
    </Confirm>
  );
}
