import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearchParams } from 'react-router';
import { call } from '../api/client.ts';
import { AuthFrame, readForm } from '../ui/auth-frame.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Failed, Note } from '../ui/states.tsx';

export default function ResetPassword() {
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const token = search.get('token');
  const reset = useMutation({
    mutationFn: ({ newPassword }: Record<string, string>) =>
      call('/api/auth/reset-password', { method: 'POST', json: { newPassword, token } }),
    onSuccess: () => navigate('/sign-in?done=password'),
  });
  if (token === null || search.has('error')) {
    return (
      <AuthFrame title="This link no longer works">
        <Note tone="warn">A link to reset a password works once, and for an hour.</Note>
        <ButtonLink look="primary" to="/forgot-password">
          Ask for a new one
        </ButtonLink>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title="Choose a new password" lead="All your sessions elsewhere end.">
      <form className="grid gap-4" onSubmit={(event) => reset.mutate(readForm(event))}>
        <Field
          label="New password"
          name="newPassword"
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          maxLength={128}
          hint="At least 8 characters."
        />
        {reset.error && <Failed error={reset.error} />}
        <Button type="submit" look="primary" size="lg" isBusy={reset.isPending}>
          Save the password
        </Button>
      </form>
    </AuthFrame>
  );
}
