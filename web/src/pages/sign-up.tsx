import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { call } from '../api/client.ts';
import { usePlans, useServer } from '../api/queries.ts';
import { safeReturn } from '../lib/format.ts';
import { AuthFrame, readForm, verifiedReturn, withNext } from '../ui/auth-frame.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Providers } from '../ui/providers.tsx';
import { Failed, Note } from '../ui/states.tsx';

export default function SignUp() {
  const server = useServer();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const plans = usePlans();
  const plan = plans.data?.find(({ name }) => name === search.get('plan'));
  const next = plan ? `/plan?choose=${plan.name}` : safeReturn(search.get('next'));
  const signUp = useMutation({
    mutationFn: (fields: Record<string, string>) =>
      call<{ token: string | null }>('/api/auth/sign-up/email', {
        method: 'POST',
        json: { ...fields, callbackURL: verifiedReturn(next) },
      }),
    onSuccess: async ({ token }, { email }) => {
      await queries.resetQueries();
      // Without a session the address must be verified first.
      await navigate(token ? next : withNext(`/verify-email?email=${encodeURIComponent(email ?? '')}`, next));
    },
  });
  return (
    <AuthFrame
      title="Make an account"
      lead={
        <>
          Have one?{' '}
          <Link className="prose-link" to={withNext('/sign-in', next)}>
            Sign in
          </Link>
        </>
      }
    >
      {server.data?.needsFirstAccount && (
        <Note tone="good">You are the first here: this account will be the admin of the server.</Note>
      )}
      {plan && (
        <Note>
          You chose <strong className="text-ink">{plan.title}</strong>. It is set up once your address is verified.
        </Note>
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
      <Providers next={next} />
    </AuthFrame>
  );
}
