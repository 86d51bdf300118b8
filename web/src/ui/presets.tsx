import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef } from 'react';
import { call } from '../api/client.ts';
import { usePresets } from '../api/queries.ts';
import { parsePresetText, toPresetText } from '../lib/preset-text.ts';
import { readForm } from './auth-frame.tsx';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Failed, Loading } from './states.tsx';
import { useToast } from './toast.tsx';

export function Presets() {
  const presets = usePresets();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: (name: string) => call(`/api/presets/${name}`, { method: 'DELETE' }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['presets'] }),
  });
  if (presets.isPending) return <Loading label="Loading the presets" rows={2} />;
  if (presets.error) return <Failed error={presets.error} onRetry={() => void presets.refetch()} />;
  return (
    <div className="grid gap-4">
      {presets.data.length === 0 && <p className="text-soft">You have none yet.</p>}
      {presets.data.length > 0 && (
        <ul className="grid divide-y divide-line">
          {presets.data.map(({ name, parameters }) => (
            <li key={name} className="flex flex-wrap items-center justify-between gap-3 py-3">
              <div className="min-w-0">
                <p className="font-medium wrap-anywhere">{name}</p>
                <p className="text-soft text-xs wrap-anywhere">{toPresetText(parameters)}</p>
              </div>
              <Button
                aria-label={`Delete the preset ${name}`}
                isBusy={remove.isPending && remove.variables === name}
                onClick={() => remove.mutate(name)}
              >
                Delete
              </Button>
            </li>
          ))}
        </ul>
      )}
      {remove.error && <Failed error={remove.error} />}
      <PresetForm />
    </div>
  );
}

/** A name that is there already is changed. */
function PresetForm() {
  const form = useRef<HTMLFormElement>(null);
  const queries = useQueryClient();
  const say = useToast();
  const save = useMutation({
    mutationFn: ({ name, parameters = '' }: Record<string, string>) =>
      call('/api/presets', { method: 'POST', json: { name, parameters: parsePresetText(parameters) } }),
    onSuccess: async () => {
      form.current?.reset();
      say('The preset is saved');
      await queries.invalidateQueries({ queryKey: ['presets'] });
    },
  });
  return (
    <form
      ref={form}
      className="grid gap-3"
      onSubmit={(event: FormEvent<HTMLFormElement>) => save.mutate(readForm(event))}
    >
      <div className="grid gap-3 sm:grid-cols-[1fr_2fr]">
        <Field
          label="Name"
          name="name"
          required
          maxLength={40}
          pattern="[a-z0-9][a-z0-9_\-]*"
          placeholder="shop"
          autoComplete="off"
          hint="Small letters, digits, - and _."
        />
        <Field
          label="Parameters"
          name="parameters"
          required
          maxLength={2000}
          placeholder="preset=amazon & background=#f5f5f5"
          autoComplete="off"
          hint="As in a request, with & between them."
        />
      </div>
      <div>
        <Button type="submit" isBusy={save.isPending}>
          Save the preset
        </Button>
      </div>
      {save.error && <Failed error={save.error} />}
    </form>
  );
}
