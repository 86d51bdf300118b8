/** Sign-in by another company, where the operator has set it up. */
import { useMutation } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { useServer } from '../api/queries.ts';
import { Button } from './button.tsx';
import { Failed } from './states.tsx';

export const PROVIDER_NAMES = { google: 'Google', github: 'GitHub' } as const;

export function Providers({ next }: { next: string }) {
  const server = useServer();
  const signIn = useMutation({
    mutationFn: (provider: string) =>
      call<{ url: string }>('/api/auth/sign-in/social', {
        method: 'POST',
        json: { provider, callbackURL: next, errorCallbackURL: '/sign-in' },
      }),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const providers = server.data?.providers ?? [];
  if (providers.length === 0) return null;
  return (
    <div className="grid gap-2 border-line border-t pt-5">
      {providers.map((provider) => (
        <Button key={provider} isBusy={signIn.isPending} onClick={() => signIn.mutate(provider)}>
          Continue with {PROVIDER_NAMES[provider]}
        </Button>
      ))}
      {signIn.error && <Failed error={signIn.error} />}
    </div>
  );
}
