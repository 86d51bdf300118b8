import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { call } from '../api/client.ts';
import { useServer } from '../api/queries.ts';
import { AuthFrame, readForm, VERIFIED } from '../ui/auth-frame.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Providers } from '../ui/providers.tsx';
import { Failed, Note } from '../ui/states.tsx';

export default function SignUp() {
  const server = useServer();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signUp = useMutation({
    mutationFn: (fields: Record<string, string>) =>
      call<{ token: string | null }>('/api/auth/sign-up/email', {
        method: 'POST',
        json: { ...fields, callbackURL: VERIFIED },
      }),
    onSuccess: async ({ token }, { email }) => {
      await queries.resetQueries();
      // Without a session the address must be verified first.
      await navigate(token ? '/playground' : `/verify-email?email=${encodeURIComponent(email ?? '')}`);
    },
  });
  return (
    <AuthFrame
      title="Make an account"
      lead={
        <>
          Have one?{' '}
          <Link className="prose-link" to="/sign-in">
            Sign in
          </Link>
        </>
      }
    >
      {server.data?.needsFirstAccount && (
        <Note tone="good">You are the first here: this account will be the admin of the server.</Note>
      )}
      <form className="grid gap-4" onSubmit={(event) => signUp.mutate(readForm(event))}>
        <Field label="Name" name="name" autoComplete="name" required maxLength={100} />
        <Field label="E-mail" name="email" type="email" autoComplete="username" required />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          maxLength={128}
          hint="At least 8 characters. A few words that only you would put together are best."
        />
        {signUp.error && <Failed error={signUp.error} />}
        <Button type="submit" look="primary" size="lg" isBusy={signUp.isPending}>
          Make the account
        </Button>
      </form>
      <Providers next="/playground" />
    </AuthFrame>
  );
}
