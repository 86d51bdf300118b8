import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { call } from '../api/client.ts';
import { refetchSessions, useLinkedAccounts, useMe } from '../api/queries.ts';
import { readForm } from '../ui/auth-frame.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { LinkedAccounts } from '../ui/linked-accounts.tsx';
import { Presets } from '../ui/presets.tsx';
import { Section } from '../ui/section.tsx';
import { Sessions } from '../ui/sessions.tsx';
import { Badge, Failed, Note, PageHeader } from '../ui/states.tsx';
import { useToast } from '../ui/toast.tsx';
import { TwoFactorSetup } from '../ui/two-factor-setup.tsx';
import { UsageAlerts } from '../ui/usage-alerts.tsx';

export default function Account() {
  return (
    <>
      <PageHeader title="Account" lead="Who you are here, and how you prove it." />
      <div className="grid max-w-3xl gap-5">
        <Email />
        <Password />
        <LinkedAccounts />
        <TwoFactorSetup />
        <UsageAlerts />
        <Section
          title="Presets"
          lead="Parameters under a name of yours: a removal with preset=name has them all, and what it says itself wins."
        >
          <Presets />
        </Section>
        <Section title="Sessions" lead="Every browser in which you are signed in.">
          <Sessions />
        </Section>
        <Deletion />
      </div>
    </>
  );
}

/** Who came by Google or GitHub has none, until one is set by the link of a mail. */
function useHasPassword(): boolean {
  const linked = useLinkedAccounts();
  return linked.data?.some(({ providerId }) => providerId === 'credential') ?? true;
}

/** Both links of a change lead here: that of the present address first, then that of the new one. */
const afterLink = (newEmail = ''): string => `/account?newEmail=${encodeURIComponent(newEmail)}`;

function AfterLink({ email }: { email: string }) {
  const [search] = useSearchParams();
  const wanted = search.get('newEmail')?.toLowerCase();
  if (!wanted) return null;
  const isOld = search.has('error');
  return (
    <div className="mb-4">
      {wanted === email && <Note tone="good">Your address is changed.</Note>}
      {wanted !== email && isOld && <Note tone="bad">This link no longer works. Ask for another one.</Note>}
      {wanted !== email && !isOld && <Note>One more step: open the link that was sent to {wanted}.</Note>}
    </div>
  );
}

function Email() {
  const me = useMe();

  const say = useToast();
  const change = useMutation({
    mutationFn: ({ newEmail }: Record<string, string>) =>
      call('/api/auth/change-email', { method: 'POST', json: { newEmail, callbackURL: afterLink(newEmail) } }),
    onSuccess: () =>
      say(
        me.data?.server.mail === 'log'
          ? 'The link to confirm is in the server’s log'
          : 'A link to confirm is on its way to your present address',
      ),
  });
  const user = me.data?.user;
  return (
    <Section
      title="E-mail"
      lead={
        <span className="flex flex-wrap items-center gap-2">
          <span className="wrap-anywhere">{user?.email}</span>
          {user?.emailVerified ? <Badge tone="good">verified</Badge> : <Badge tone="warn">not verified</Badge>}
        </span>
      }
    >
      {user && <AfterLink email={user.email} />}
      <form
        className="grid gap-3 sm:grid-cols-[1fr_auto] sm:items-end"
        onSubmit={(event: FormEvent<HTMLFormElement>) => change.mutate(readForm(event))}
      >
        <Field label="New e-mail" name="newEmail" type="email" autoComplete="email" required />
        <Button type="submit" isBusy={change.isPending}>
          Change
        </Button>
      </form>
      {change.error && (
        <div className="mt-3">
          <Failed error={change.error} />
        </div>
      )}
    </Section>
  );
}

function Password() {
  const form = useRef<HTMLFormElement>(null);
  const hasPassword = useHasPassword();
  const queries = useQueryClient();
  const say = useToast();
  const change = useMutation({
    mutationFn: (fields: Record<string, string>) => call('/api/auth/change-password', { method: 'POST', json: fields }),
    onSuccess: async () => {
      form.current?.reset();
      say('The new password holds; your other sessions have ended');
      await refetchSessions(queries);
    },
  });
  if (!hasPassword) {
    return (
      <Section title="Password">
        You have none.{' '}
        <Link className="prose-link" to="/forgot-password">
          Set one by the link of a mail
        </Link>
        .
      </Section>
    );
  }
  return (
    <Section title="Password" lead="Changing it ends your sessions elsewhere.">
      <form ref={form} className="grid gap-3 sm:grid-cols-2" onSubmit={(event) => change.mutate(readForm(event))}>
        <Field
          label="Present password"
          name="currentPassword"
          type="password"
          autoComplete="current-password"
          required
        />
        <Field
          label="New password"
          name="newPassword"
          type="password"
          autoComplete="new-password"
          minLength={8}
          maxLength={128}
          required
        />
        <div>
          <Button type="submit" isBusy={change.isPending}>
            Change the password
          </Button>
        </div>
      </form>
      {change.error && (
        <div className="mt-3">
          <Failed error={change.error} />
        </div>
      )}
    </Section>
  );
}

function Deletion() {
  const me = useMe();
  const hasPassword = useHasPassword();
  const [isAsking, setAsking] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: ({ password }: Record<string, string>) =>
      call('/api/auth/delete-user', { method: 'POST', json: hasPassword ? { password } : {} }),
    onSuccess: async () => {
      await navigate('/sign-in?done=deleted', { replace: true });
      queries.clear();
    },
  });
  return (
    <Section title="Delete the account" lead="Your keys stop at once; jobs, results, usage and sessions are deleted.">
      <Button look="danger" icon="trash" onClick={() => setAsking(true)}>
        Delete the account
      </Button>
      {isAsking && (
        <Dialog title="Delete the account?" onClose={() => setAsking(false)}>
          <form className="grid gap-4" onSubmit={(event) => remove.mutate(readForm(event))}>
            <Note tone="bad">
              Everything of <strong>{me.data?.user.email}</strong> is deleted now. Nobody can bring it back.
            </Note>
            {hasPassword && (
              <Field label="Your password" name="password" type="password" autoComplete="current-password" required />
            )}
            {remove.error && <Failed error={remove.error} />}
            <div className="flex flex-wrap justify-end gap-2">
              <Button onClick={() => setAsking(false)}>Cancel</Button>
              <Button type="submit" look="destroy" isBusy={remove.isPending}>
                Delete everything
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </Section>
  );
}
