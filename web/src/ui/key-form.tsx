import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call } from '../api/client.ts';
import { useMe, usePlans } from '../api/queries.ts';
import type { KeyKind, MadeKey } from '../api/types.ts';
import { toNewKey } from '../lib/new-key.ts';
import { readForm } from './auth-frame.tsx';
import { Button } from './button.tsx';
import { Field, Segmented, Select } from './field.tsx';
import { Failed, Note } from './states.tsx';

const KINDS = [
  { value: 'live', title: 'Live' },
  { value: 'test', title: 'Test' },
  { value: 'publishable', title: 'Publishable' },
] as const satisfies readonly { value: KeyKind; title: string }[];

const EXPLAINED: Readonly<Record<KeyKind, string>> = {
  live: 'For your servers. Each success counts against the month. Keep it out of web pages and apps.',
  test: 'Never charged; its pictures are stamped. On every plan.',
  publishable: 'May stand in a web page: it works from the origins below alone, and for removing backgrounds alone.',
};

export function KeyForm({ onMade }: { onMade: (secret: string) => void }) {
  const me = useMe();
  const plans = usePlans();
  const plan = plans.data?.find(({ name }) => name === me.data?.account.plan);
  const isTestOnly = plan?.hasLiveKeys === false;
  const [chosen, setKind] = useState<KeyKind | null>(null);
  const kind = chosen ?? (isTestOnly ? 'test' : 'live');
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: (fields: Record<string, string>) =>
      call<MadeKey>('/api/keys', { method: 'POST', json: toNewKey(kind, fields) }),
    onSuccess: async ({ key }) => {
      await queries.invalidateQueries({ queryKey: ['keys'] });
      onMade(key);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => create.mutate(readForm(event));
  return (
    <form className="grid gap-5" onSubmit={submit}>
      <Field label="Name" name="name" required maxLength={100} placeholder="e.g. shop, production" autoComplete="off" />
      <div className="grid gap-2">
        <Segmented label="Kind" value={kind} choices={KINDS} onChange={setKind} />
        <p className="text-soft text-xs">{EXPLAINED[kind]}</p>
        {isTestOnly && kind !== 'test' && <Note tone="warn">The plan {plan.title} has test keys alone.</Note>}
      </div>
      {kind === 'publishable' && (
        <Field
          label="Origins that may use it"
          name="origins"
          required
          placeholder="https://shop.example, https://www.shop.example"
          hint="With the scheme, without a path; several by commas."
        />
      )}
      <details className="rounded-md border border-line px-4 py-1">
        <summary className="font-medium">Limits of its own</summary>
        <div className="mt-3 mb-3 grid gap-4 sm:grid-cols-2">
          <Field label="Expires on" name="expiresOn" type="date" />
          <Select label="Quality where a call names none" name="quality" defaultValue="">
            <option value="">as the server is set</option>
            <option value="fast">fast</option>
            <option value="auto">auto</option>
            <option value="best">best</option>
          </Select>
          <Field
            label="Removals a month"
            name="monthlyRemovals"
            type="number"
            min={0}
            step={1}
            hint="Empty: the plan’s."
          />
          <Field
            label="Requests a second"
            name="requestsPerSecond"
            type="number"
            min={1}
            step={1}
            hint="Empty: the plan’s."
          />
          <Field
            label="MB a file"
            name="maxFileMegabytes"
            type="number"
            min={0.1}
            step={0.1}
            hint="Empty: the plan’s."
          />
          {kind !== 'publishable' && (
            <Field
              label="Origins of pages that may use it"
              name="origins"
              placeholder="https://admin.shop.example"
              hint="Programs may use it all the same. Empty: any."
            />
          )}
        </div>
      </details>
      {create.error && <Failed error={create.error} />}
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={create.isPending}>
          Make the key
        </Button>
      </div>
    </form>
  );
}
