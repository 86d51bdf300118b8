import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/client.ts';
import { useMe, usePlans, useUsage } from '../api/queries.ts';
import type { Account, Me, Plan } from '../api/types.ts';
import { formatCount, formatDate, monthOf } from '../lib/format.ts';
import { explainChange, isPaid, needsCheckout, type PlanChange } from '../lib/plan-change.ts';
import { BillingNotes, usePortal } from '../ui/billing-notes.tsx';
import { Button } from '../ui/button.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { PlanCards } from '../ui/plan-cards.tsx';
import { Badge, Card, Failed, Loading, Meter, PageHeader } from '../ui/states.tsx';
import { useToast } from '../ui/toast.tsx';
import { useCheckoutReturn } from '../ui/use-checkout-return.ts';

export default function PlanPage() {
  const me = useMe();
  const plans = usePlans();
  const checkout = useCheckoutReturn();
  const [chosen, setChosen] = useState<Plan | null>(null);
  const current = me.data?.account.plan;
  const planOf = (name: string | undefined): Plan | undefined => plans.data?.find((plan) => plan.name === name);
  const rankOf = (name: string | undefined): number => plans.data?.findIndex((plan) => plan.name === name) ?? -1;
  const isUp = ({ name }: Plan): boolean => rankOf(name) > rankOf(current);
  return (
    <>
      <PageHeader
        title="Plan & billing"
        lead="An upgrade holds at once. A downgrade waits for the end of the period."
      />
      <div className="grid gap-5">
        {me.data && <BillingNotes me={me.data} plan={planOf(current)} checkout={checkout} />}
        {me.data && <Current me={me.data} titleOf={(name) => planOf(name)?.title ?? name} />}
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
                  isUp={isUp(plan)}
                  isLeaving={Boolean(me.data?.account.nextPlan)}
                  isOwing={me.data?.billing?.state === 'past_due'}
                  onChoose={() => setChosen(plan)}
                />
              )}
            />
          </section>
        )}
      </div>
      {chosen && me.data && (
        <ChangeDialog
          change={{ plan: chosen, current: planOf(current), isUp: isUp(chosen), billing: me.data.billing }}
          onClose={() => setChosen(null)}
        />
      )}
    </>
  );
}

function Choice(props: {
  plan: Plan;
  current: string | undefined;
  isUp: boolean;
  isLeaving: boolean;
  /** Then nothing is sold before that is settled. */
  isOwing: boolean;
  onChoose: () => void;
}) {
  const { plan, current, isUp, isLeaving, isOwing, onChoose } = props;
  // Choosing the plan that one has takes a downgrade back.
  if (plan.name === current && isLeaving && !isOwing) return <Button onClick={onChoose}>Stay on {plan.title}</Button>;
  if (plan.name === current) return <Button disabled>Your plan</Button>;
  if (!plan.price) return <p className="py-2 text-soft">Set up for you by who runs this server.</p>;
  return (
    <Button look={isUp ? 'primary' : 'plain'} disabled={isOwing && isPaid(plan)} onClick={onChoose}>
      {isUp ? 'Upgrade' : 'Change'} to {plan.title}
    </Button>
  );
}

function Current({ me, titleOf }: { me: Me; titleOf: (name: string) => string }) {
  const usage = useUsage(monthOf(new Date()));
  const portal = usePortal();
  const { account, billing } = me;
  return (
    <Card>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <div className="grid gap-1">
          <h2 className="flex flex-wrap items-center gap-3 text-xl">
            {titleOf(account.plan)}
            {account.nextPlan && account.planChangesAt && (
              <Badge tone="warn">
                {titleOf(account.nextPlan)} from {formatDate(account.planChangesAt)}
              </Badge>
            )}
          </h2>
          {billing?.renewsAt && (
            <p className="numbers text-soft">The next payment is on {formatDate(billing.renewsAt)}.</p>
          )}
        </div>
        {billing?.hasPortal && (
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

type Answer = { readonly account?: Account; readonly leaveTo: string | null };

/** Either to another page, where it is paid, or done. */
async function ask(change: PlanChange): Promise<Answer> {
  const json = { plan: change.plan.name };
  if (needsCheckout(change)) {
    return { leaveTo: (await call<{ url: string }>('/api/billing/checkout', { method: 'POST', json })).url };
  }
  const answer = await call<{ account: Account; paymentUrl: string | null }>('/api/plan', { method: 'POST', json });
  return { account: answer.account, leaveTo: answer.paymentUrl };
}

function ChangeDialog({ change, onClose }: { change: PlanChange; onClose: () => void }) {
  const { plan, current } = change;
  const queries = useQueryClient();
  const say = useToast();
  const mutation = useMutation({
    mutationFn: () => ask(change),
    onSuccess: async ({ account, leaveTo }) => {
      if (leaveTo !== null) return window.location.assign(leaveTo);
      await queries.invalidateQueries();
      say(account?.nextPlan ? `${plan.title} begins when this period ends` : `You are on ${plan.title} now`);
      onClose();
    },
  });
  const isStaying = plan.name === current?.name;
  const verb = needsCheckout(change) ? 'Go on to pay' : isStaying ? `Stay on ${plan.title}` : `Change to ${plan.title}`;
  return (
    <Confirm
      title={isStaying ? `Stay on ${plan.title}?` : `Change to ${plan.title}?`}
      verb={verb}
      look="primary"
      isBusy={mutation.isPending || mutation.isSuccess}
      error={mutation.error}
      onConfirm={() => mutation.mutate()}
      onClose={onClose}
    >
      {explainChange(change)}
    </Confirm>
  );
}
