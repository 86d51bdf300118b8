import { useMutation } from '@tanstack/react-query';
import { Link } from 'react-router';
import { call } from '../api/client.ts';
import { AuthFrame, MailNote, readForm } from '../ui/auth-frame.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Failed, Note } from '../ui/states.tsx';

export default function ForgotPassword() {
  const ask = useMutation({
    mutationFn: ({ email }: Record<string, string>) =>
      call('/api/auth/request-password-reset', { method: 'POST', json: { email, redirectTo: '/reset-password' } }),
  });
  return (
    <AuthFrame title="Forgot your password?" lead="Tell your address, and a link to choose a new one is sent there.">
      {ask.isSuccess ? (
        <>
          <Note tone="good">If there is an account with this address, a link is on its way. It holds for an hour.</Note>
          <MailNote />
        </>
      ) : (
        <form className="grid gap-4" onSubmit={(event) => ask.mutate(readForm(event))}>
          <Field label="E-mail" name="email" type="email" autoComplete="username" required />
          {ask.error && <Failed error={ask.error} />}
          <Button type="submit" look="primary" size="lg" isBusy={ask.isPending}>
            Send the link
          </Button>
        </form>
      )}
      <p>
        <Link className="prose-link" to="/sign-in">
          Back to signing in
        </Link>
      </p>
    </AuthFrame>
  );
}
