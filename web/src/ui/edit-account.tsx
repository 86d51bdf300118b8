import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { AccountChange, AdminAccount } from '../api/admin.ts';
import { call } from '../api/client.ts';
import { usePlans } from '../api/queries.ts';
import type { Limits } from '../api/types.ts';
import { readForm } from './auth-frame.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, Select } from './field.tsx';
import { Failed } from './states.tsx';
import { useToast } from './toast.tsx';

export function EditAccount({ account, onClose }: { account: AdminAccount; onClose: () => void }) {
  const plans = usePlans();
  const [plan, setPlan] = useState(account.plan);
  const hasCustomLimits = plans.data?.find(({ name }) => name === plan)?.hasCustomLimits ?? false;
  const isListed = plans.data?.some(({ name }) => name === account.plan) ?? false;
  const queries = useQueryClient();
  const say = useToast();
  const change = useMutation({
    mutationFn: (json: AccountChange) => call(`/api/admin/accounts/${account.id}`, { method: 'PATCH', json }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      say(`${account.name} is changed`);
      onClose();
    },
  });
  const limits = account.limits;
  return (
    <Dialog title={account.name} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => change.mutate(changeOf(plan, hasCustomLimits, readForm(event)))}
      >
        <Select label="Plan" value={plan} onChange={(event) => setPlan(event.target.value)}>
          {/* A plan that is hidden stays with who has it. */}
          {!isListed && <option value={account.plan}>{account.plan}</option>}
          {plans.data?.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </Select>
        {hasCustomLimits && (
          <fieldset className="grid gap-4 sm:grid-cols-3">
            <legend className="mb-2 font-medium">Custom limits</legend>
            <Field
              label="Removals a month"
              name="monthlyRemovals"
              type="number"
              min={0}
              defaultValue={limits?.monthlyRemovals ?? ''}
            />
            <Field
              label="Requests a second"
              name="requestsPerSecond"
              type="number"
              min={1}
              defaultValue={limits?.requestsPerSecond ?? ''}
            />
            <Field
              label="Bytes a file"
              name="maxFileSize"
              type="number"
              min={1}
              defaultValue={limits?.maxFileSize ?? ''}
            />
          </fieldset>
        )}
        {change.error && <Failed error={change.error} />}
        <div className="flex flex-wrap justify-between gap-2">
          <Button
            look={account.suspended ? 'plain' : 'danger'}
            isBusy={change.isPending}
            onClick={() => change.mutate({ suspended: !account.suspended })}
          >
            {account.suspended ? 'Let in again' : 'Suspend'}
          </Button>
          <Button type="submit" look="primary" isBusy={change.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Fields that are empty go back to what the plan gives. */
function changeOf(plan: string, hasCustomLimits: boolean, fields: Readonly<Record<string, string>>): AccountChange {
  if (!hasCustomLimits) return { plan };
  const limitOf = (name: keyof Limits): number | null => (fields[name] ? Number(fields[name]) : null);
  return {
    plan,
    limits: {
      monthlyRemovals: limitOf('monthlyRemovals'),
      requestsPerSecond: limitOf('requestsPerSecond'),
      maxFileSize: limitOf('maxFileSize'),
    },
  };
}
