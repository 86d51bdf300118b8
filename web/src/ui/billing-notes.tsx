/** What there is to know about the payments of an account, above its plan. */
import { useMutation } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import type { Me, Plan } from '../api/types.ts';
import { formatDate } from '../lib/format.ts';
import { Button, Spinner } from './button.tsx';
import { Icon } from './icons.tsx';
import { Failed, Note } from './states.tsx';
import type { CheckoutReturn } from './use-checkout-return.ts';

export function usePortal() {
  return useMutation({
    mutationFn: () => call<{ url: string }>('/api/billing/portal', { method: 'POST' }),
    onSuccess: ({ url }) => window.location.assign(url),
  });
}

type Props = { readonly me: Me; readonly plan: Plan | undefined; readonly checkout: CheckoutReturn };

export function BillingNotes({ me, plan, checkout }: Props) {
  const { billing } = me;
  if (!billing) {
    return (
      <Note tone="warn">
        <strong>Billing is off on this server.</strong> Plans change without a payment.
      </Note>
    );
  }
  return (
    <>
      {/* Always there, so that what comes into it is read out. */}
      <div role="status" className="empty:hidden">
        <ReturnNote checkout={checkout} title={plan?.title ?? me.account.plan} />
      </div>
      {billing.state === 'past_due' && (
        <PastDue title={plan?.title ?? me.account.plan} graceEndsAt={billing.graceEndsAt} now={new Date()} />
      )}
    </>
  );
}

function ReturnNote({ checkout, title }: { checkout: CheckoutReturn; title: string }) {
  if (checkout === 'paid') return <Note tone="good">The payment has arrived: you are on {title} now.</Note>;
  if (checkout === 'left') return <Note>Nothing was paid, and your plan is as it was.</Note>;
  if (checkout === 'waiting') {
    return (
      <Note>
        <span className="flex items-center gap-3">
          <Spinner />
          Waiting for Stripe to confirm the payment. Your plan rises as soon as it does.
        </span>
      </Note>
    );
  }
  if (checkout !== 'late') return null;
  return (
    <Note tone="warn">
      Stripe has not confirmed a payment yet. If you have paid, your plan rises by itself when the confirmation comes;
      you may leave this page.
    </Note>
  );
}

function PastDue({ title, graceEndsAt, now }: { title: string; graceEndsAt: string | null; now: Date }) {
  const portal = usePortal();
  const isGrace = graceEndsAt !== null && new Date(graceEndsAt) > now;
  return (
    <div role="alert" className="grid gap-3 rounded-md bg-danger-wash px-4 py-3 text-danger">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <Icon name="warn" />
        <p className="min-w-0 flex-1 basis-64">
          <strong>The last payment failed.</strong>{' '}
          {isGrace
            ? `You keep ${title} until ${formatDate(graceEndsAt)}. Settle the payment before, and nothing changes.`
            : 'Your plan has ended for that reason. Settle the payment, and it is back at once.'}
        </p>
        <Button icon="card" isBusy={portal.isPending} onClick={() => portal.mutate()}>
          Settle the payment
        </Button>
      </div>
      {portal.error && <Failed error={portal.error} />}
    </div>
  );
}
