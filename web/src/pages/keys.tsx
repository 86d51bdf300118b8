import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { call } from '../api/client.ts';
import { useKeepOwnKey } from '../api/own-key.ts';
import { useKeys } from '../api/queries.ts';
import type { ApiKey, MadeKey } from '../api/types.ts';
import { describeLimits } from '../lib/describe-limits.ts';
import { formatAgo, formatCount, formatDate } from '../lib/format.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Confirm, Dialog } from '../ui/dialog.tsx';
import { Segmented } from '../ui/field.tsx';
import { KeyForm } from '../ui/key-form.tsx';
import { SecretDialog } from '../ui/secret-dialog.tsx';
import { Badge, Empty, Failed, Loading, PageHeader } from '../ui/states.tsx';

type Step = { kind: 'create' } | { kind: 'rotate' | 'revoke'; key: ApiKey } | { kind: 'made'; secret: string } | null;

export default function Keys() {
  const keys = useKeys();
  const [step, setStep] = useState<Step>(null);
  const close = (): void => setStep(null);
  const keepOwnKey = useKeepOwnKey();
  const showMade = (secret: string): void => {
    keepOwnKey(secret);
    setStep({ kind: 'made', secret });
  };
  const create = (
    <Button look="primary" icon="plus" onClick={() => setStep({ kind: 'create' })}>
      New key
    </Button>
  );
  const alive = keys.data?.filter((key) => !key.revokedAt) ?? [];
  const dead = keys.data?.filter((key) => key.revokedAt) ?? [];
  return (
    <>
      <PageHeader title="API keys" lead="A key is shown once, when it is made. The server keeps only its hash.">
        {keys.data && alive.length === 0 ? null : create}
      </PageHeader>
      {keys.isPending && <Loading label="Loading the keys" />}
      {keys.error && <Failed error={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.data && alive.length === 0 && (
        <Empty icon="key" title="No key yet" action={create}>
          A key lets a program use your account. Start with a test key: it is never charged, and stamps its pictures.
        </Empty>
      )}
      {alive.length > 0 && (
        <ul className="grid gap-3">
          {alive.map((key) => (
            <KeyRow key={key.id} apiKey={key} onStep={setStep} />
          ))}
        </ul>
      )}
      {dead.length > 0 && (
        <details className="mt-8">
          <summary className="font-medium text-soft">Revoked keys ({dead.length})</summary>
          <ul className="mt-3 grid gap-3">
            {dead.map((key) => (
              <KeyRow key={key.id} apiKey={key} onStep={setStep} />
            ))}
          </ul>
        </details>
      )}
      {step?.kind === 'create' && (
        <Dialog title="New key" onClose={close} isWide>
          <KeyForm onMade={showMade} />
        </Dialog>
      )}
      {step?.kind === 'made' && <MadeKeyDialog secret={step.secret} onClose={close} />}
      {step?.kind === 'rotate' && <RotateDialog apiKey={step.key} onMade={showMade} onClose={close} />}
      {step?.kind === 'revoke' && <RevokeDialog apiKey={step.key} onClose={close} />}
    </>
  );
}

const TONES = { live: 'good', test: 'warn', publishable: 'plain' } as const;

function KeyRow({ apiKey, onStep }: { apiKey: ApiKey; onStep: (step: Step) => void }) {
  const now = new Date();
  const { name, kind, masked, lastUsedAt, expiresAt, revokedAt, requestsThisMonth, origins } = apiKey;
  const own = describeLimits(apiKey);
  return (
    <li className="grid gap-x-6 gap-y-3 rounded-lg border border-line bg-surface p-4 shadow-card md:grid-cols-[minmax(0,1.4fr)_minmax(0,1.6fr)_auto] md:items-center">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium text-base">
          <span className="wrap-anywhere">{name}</span>
          <Badge tone={TONES[kind]}>{kind}</Badge>
          {revokedAt && <Badge tone="bad">revoked</Badge>}
        </p>
        <p className="mt-0.5 truncate font-mono text-soft text-xs">{masked}</p>
      </div>
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-xs [&_dd]:text-ink [&_dt]:text-soft">
        <div>
          <dt>This month</dt>
          <dd className="numbers text-sm">{formatCount(requestsThisMonth)}</dd>
        </div>
        <div>
          <dt>Last used</dt>
          <dd className="text-sm">{lastUsedAt ? formatAgo(lastUsedAt, now) : 'never'}</dd>
        </div>
        <div>
          <dt>{revokedAt ? 'Revoked' : 'Expires'}</dt>
          <dd className="text-sm">{revokedAt ? formatDate(revokedAt) : expiresAt ? formatDate(expiresAt) : 'never'}</dd>
        </div>
        {origins.length > 0 && (
          <div className="min-w-0">
            <dt>Origins</dt>
            <dd className="wrap-anywhere text-sm">{origins.join(', ')}</dd>
          </div>
        )}
        {own !== '' && (
          <div className="min-w-0">
            <dt>Own limits</dt>
            <dd className="text-sm">{own}</dd>
          </div>
        )}
      </dl>
      {!revokedAt && (
        <div className="flex gap-2">
          <Button aria-label={`Rotate ${name}`} onClick={() => onStep({ kind: 'rotate', key: apiKey })}>
            Rotate
          </Button>
          <Button look="danger" aria-label={`Revoke ${name}`} onClick={() => onStep({ kind: 'revoke', key: apiKey })}>
            Revoke
          </Button>
        </div>
      )}
    </li>
  );
}

function MadeKeyDialog(props: { secret: string; onClose: () => void }) {
  const toSamples = (
    <Link className={buttonClass('quiet')} to="/guide">
      See it in the samples
    </Link>
  );
  return (
    <SecretDialog
      title="Your new key"
      warning="Copy it now. It is not shown again, and nobody can look it up."
      what="key"
      links={toSamples}
      {...props}
    >
      <p className="text-soft text-xs">
        Until this page is loaded anew, the samples of the docs and the playground carry it.
      </p>
    </SecretDialog>
  );
}

const OVERLAPS = [
  { value: '0', title: 'None' },
  { value: '1', title: '1 hour' },
  { value: '24', title: '1 day' },
  { value: '168', title: '1 week' },
] as const;

function RotateDialog(props: { apiKey: ApiKey; onMade: (secret: string) => void; onClose: () => void }) {
  const [overlap, setOverlap] = useState<string>('24');
  const queries = useQueryClient();
  const rotate = useMutation({
    mutationFn: () =>
      call<MadeKey>(`/api/keys/${props.apiKey.id}/rotate`, { method: 'POST', json: { overlapHours: Number(overlap) } }),
    onSuccess: async ({ key }) => {
      await queries.invalidateQueries({ queryKey: ['keys'] });
      props.onMade(key);
    },
  });
  return (
    <Dialog title={`Rotate “${props.apiKey.name}”`} onClose={props.onClose}>
      <div className="grid gap-5">
        <p className="text-soft">
          A new key with the same limits takes its place. The old one goes on for the overlap, so that your programs
          have time to change.
        </p>
        <Segmented label="Overlap" value={overlap} choices={OVERLAPS} onChange={setOverlap} />
        {rotate.error && <Failed error={rotate.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>Cancel</Button>
          <Button look="primary" isBusy={rotate.isPending} onClick={() => rotate.mutate()}>
            Rotate
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call(`/api/keys/${apiKey.id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['keys'] });
      onClose();
    },
  });
  return (
    <Confirm
      title={`Revoke “${apiKey.name}”?`}
      verb="Revoke the key"
      isBusy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      Every program that uses it is refused within a second. This cannot be undone; rotate it instead if you need time.
    </Confirm>
  );
}
