import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { call } from '../api/client.ts';
import { safeReturn } from '../lib/format.ts';
import { AuthFrame, readForm } from '../ui/auth-frame.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Failed } from '../ui/states.tsx';

export default function TwoFactor() {
  const [isRecovery, setRecovery] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const verify = useMutation({
    mutationFn: ({ code = '', trustDevice }: Record<string, string>) =>
      call(`/api/auth/two-factor/${isRecovery ? 'verify-backup-code' : 'verify-totp'}`, {
        method: 'POST',
        json: { code: code.trim(), trustDevice: trustDevice === 'on' },
      }),
    onSuccess: async () => {
      await queries.resetQueries();
      await navigate(safeReturn(search.get('next')), { replace: true });
    },
  });
  const swap = (): void => {
    verify.reset();
    setRecovery(!isRecovery);
  };
  return (
    <AuthFrame
      title="One more step"
      lead={isRecovery ? 'One of the recovery codes that you kept.' : 'The code that your authenticator shows now.'}
    >
      <form key={String(isRecovery)} className="grid gap-4" onSubmit={(event) => verify.mutate(readForm(event))}>
        {isRecovery ? (
          <Field label="Recovery code" name="code" autoComplete="off" required />
        ) : (
          <Field
            label="Code of 6 digits"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            pattern="\d{6}"
            maxLength={6}
            required
          />
        )}
        <label className="flex min-h-10 items-center gap-2.5">
          <input type="checkbox" name="trustDevice" className="size-4 accent-accent" />
          Do not ask again on this device for 30 days
        </label>
        {verify.error && <Failed error={verify.error} />}
        <Button type="submit" look="primary" size="lg" isBusy={verify.isPending}>
          Sign in
        </Button>
      </form>
      <Button look="quiet" onClick={swap}>
        {isRecovery ? 'Use the authenticator' : 'Use a recovery code'}
      </Button>
    </AuthFrame>
  );
}
