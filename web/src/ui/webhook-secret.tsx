/** The secret that signs: made, shown once, and replaced with time to change. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { useWebhookSecrets } from '../api/queries.ts';
import type { WebhookSecretInfo } from '../api/types.ts';
import { formatTime } from '../lib/format.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Segmented } from './field.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { Section } from './section.tsx';
import { Failed, Loading } from './states.tsx';

type Step = 'rotate' | { readonly secret: string } | null;

export function WebhookSecret() {
  const secrets = useWebhookSecrets();
  const [step, setStep] = useState<Step>(null);
  const close = (): void => setStep(null);
  const make = useMakeSecret((secret) => setStep({ secret }));
  const hasOne = (secrets.data?.length ?? 0) > 0;
  return (
    <Section title="Signing secret" lead="By it your server knows that a message is from here, and is whole.">
      {secrets.isPending && <Loading label="Loading the secret" rows={1} />}
      {secrets.error && <Failed error={secrets.error} onRetry={() => void secrets.refetch()} />}
      {secrets.data && (
        <div className="grid gap-4">
          {hasOne ? (
            <Secrets secrets={secrets.data} />
          ) : (
            <p>There is none yet. Without one the first message makes one, which you would have to rotate to see.</p>
          )}
          {make.error && <Failed error={make.error} />}
          <div>
            {hasOne ? (
              <Button onClick={() => setStep('rotate')}>Rotate the secret</Button>
            ) : (
              <Button look="primary" icon="plus" isBusy={make.isPending} onClick={() => make.mutate(0)}>
                Make a secret
              </Button>
            )}
          </div>
        </div>
      )}
      {step === 'rotate' && <RotateDialog onMade={(secret) => setStep({ secret })} onClose={close} />}
      {typeof step === 'object' && step && <MadeSecret secret={step.secret} onClose={close} />}
    </Section>
  );
}

function Secrets({ secrets }: { secrets: readonly WebhookSecretInfo[] }) {
  return (
    <ul className="grid gap-1">
      {secrets.map(({ id, createdAt, expiresAt }) => (
        <li key={id}>
          <span className="font-mono text-sm">whsec_…</span> made on {formatTime(createdAt)}
          {expiresAt !== null && <span className="text-soft">, signs along until {formatTime(expiresAt)}</span>}
        </li>
      ))}
    </ul>
  );
}

function useMakeSecret(onMade: (secret: string) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (overlapHours: number) =>
      call<{ secret: string }>('/api/webhook-secrets', { method: 'POST', json: { overlapHours } }),
    onSuccess: async ({ secret }) => {
      await queries.invalidateQueries({ queryKey: ['webhook-secrets'] });
      onMade(secret);
    },
  });
}

const OVERLAPS = [
  { value: '0', title: 'None' },
  { value: '1', title: '1 hour' },
  { value: '24', title: '1 day' },
  { value: '168', title: '1 week' },
] as const;

function RotateDialog({ onMade, onClose }: { onMade: (secret: string) => void; onClose: () => void }) {
  const [overlap, setOverlap] = useState<string>('24');
  const rotate = useMakeSecret(onMade);
  return (
    <Dialog title="Rotate the secret" onClose={onClose}>
      <div className="grid gap-5">
        <p className="text-soft">
          A new secret signs from now on. For the overlap every message is signed by both, so that your server has time
          to change. Take none where the old one has leaked.
        </p>
        <Segmented label="Overlap" value={overlap} choices={OVERLAPS} onChange={setOverlap} />
        {rotate.error && <Failed error={rotate.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" isBusy={rotate.isPending} onClick={() => rotate.mutate(Number(overlap))}>
            Rotate
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function MadeSecret(props: { secret: string; onClose: () => void }) {
  return (
    <SecretDialog
      title="Your signing secret"
      warning="Copy it now. It is not shown again; the server keeps it encrypted, to sign with."
      what="secret"
      {...props}
    />
  );
}
