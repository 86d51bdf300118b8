import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { ApiError, call } from '../api/client.ts';
import { useServer } from '../api/queries.ts';
import { safeReturn } from '../lib/format.ts';
import { AuthFrame, readForm, verifiedReturn, withNext } from '../ui/auth-frame.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Providers } from '../ui/providers.tsx';
import { Failed, Note } from '../ui/states.tsx';

type Answer = { twoFactorRedirect?: boolean };

/** What those who come back from a provider are told, by the codes of better-auth. */
const REFUSALS: Readonly<Record<string, string>> = {
  account_not_linked: 'This address has an account already. Sign in as you did before.',
  email_not_verified: 'Your address is not verified yet. Open the link in your mail, and sign in again.',
};

/** Codes of a mail's link are in capitals, those of providers are not. */
const explain = (refusal: string): string =>
  REFUSALS[refusal] ??
  (/^[A-Z_]+$/.test(refusal)
    ? 'This link no longer works. Sign in here.'
    : 'Signing in there was not finished. Try it again, or sign in here.');

export default function SignIn() {
  const server = useServer();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const refusal = search.get('error');
  const next = safeReturn(search.get('next'));
  const signIn = useMutation({
    // The address is that of the mail which goes to whoever has not verified theirs.
    mutationFn: (fields: Record<string, string>) =>
      call<Answer>('/api/auth/sign-in/email', {
        method: 'POST',
        json: { ...fields, callbackURL: verifiedReturn(next) },
      }),
    onSuccess: async (answer) => {
      if (answer.twoFactorRedirect) return void navigate(withNext('/two-factor', next));
      await queries.resetQueries();
      await navigate(next, { replace: true });
    },
    onError: (error, { email }) => {
      if (error instanceof ApiError && error.code === 'email_not_verified')
        void navigate(withNext(`/verify-email?email=${encodeURIComponent(email ?? '')}`, next));
    },
  });
  return (
    <AuthFrame
      title="Sign in"
      lead={
        <>
          New here?{' '}
          <Link className="prose-link" to={withNext('/sign-up', next)}>
            Make an account
          </Link>
        </>
      }
    >
      {refusal !== null && <Note tone="bad">{explain(refusal)}</Note>}
      {search.get('done') === 'verified' && refusal === null && (
        <Note tone="good">Your address is verified. Sign in.</Note>
      )}
      {search.get('done') === 'password' && <Note tone="good">Your new password holds. Sign in with it.</Note>}
      {search.get('done') === 'deleted' && <Note tone="good">Your account and its data are deleted.</Note>}
      {server.data?.needsFirstAccount && search.get('done') === null && (
        <Note tone="good">
          Nobody has an account on this server yet.{' '}
          <Link className="underline" to="/sign-up">
            The first one is its admin.
          </Link>
        </Note>
      )}
      <form className="grid gap-4" onSubmit={(event) => signIn.mutate(readForm(event))}>
        <Field label="E-mail" name="email" type="email" autoComplete="username" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        {signIn.error && <Failed error={signIn.error} />}
        <Button type="submit" look="primary" size="lg" isBusy={signIn.isPending}>
          Sign in
        </Button>
      </form>
      <Providers next={next} />
      <p>
        <Link className="prose-link" to="/forgot-password">
          Forgot your password?
        </Link>
      </p>
    </AuthFrame>
  );
}
