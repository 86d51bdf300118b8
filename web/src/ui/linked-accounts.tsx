/** Google and GitHub as further ways to sign in, where the operator has set them up. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { call } from '../api/client.ts';
import { useLinkedAccounts, useMe } from '../api/queries.ts';
import { Button } from './button.tsx';
import { PROVIDER_NAMES } from './providers.tsx';
import { Section } from './section.tsx';
import { Badge, Failed, Loading, Note } from './states.tsx';
import { useToast } from './toast.tsx';

/** By the codes with which better-auth comes back. */
const REFUSALS: Readonly<Record<string, string>> = {
  "email_doesn't_match": 'Its e-mail address is another than yours here. Only the same one can be linked.',
  account_already_linked_to_different_user: 'It is linked to another account of this server already.',
};

export function LinkedAccounts() {
  const me = useMe();
  const linked = useLinkedAccounts();
  const queries = useQueryClient();
  const say = useToast();
  const [search] = useSearchParams();
  const refusal = search.get('error');
  const link = useMutation({
    mutationFn: (provider: string) =>
      call<{ url: string }>('/api/auth/link-social', {
        method: 'POST',
        json: { provider, callbackURL: '/account', errorCallbackURL: '/account' },
      }),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const unlink = useMutation({
    mutationFn: (providerId: string) => call('/api/auth/unlink-account', { method: 'POST', json: { providerId } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['linked-accounts'] });
      say('It signs you in no more');
    },
  });
  const providers = me.data?.server.providers ?? [];
  if (providers.length === 0) return null;
  const error = link.error ?? unlink.error;
  return (
    <Section title="Other ways to sign in" lead="Besides your password.">
      {refusal !== null && (
        <div className="mb-3">
          <Note tone="bad">{REFUSALS[refusal] ?? 'It could not be linked. Try it once more.'}</Note>
        </div>
      )}
      {linked.isPending && <Loading label="Loading the ways to sign in" rows={1} />}
      {linked.error && <Failed error={linked.error} onRetry={() => void linked.refetch()} />}
      {linked.data && (
        <ul className="divide-y divide-line">
          {providers.map((provider) => {
            const isLinked = linked.data.some(({ providerId }) => providerId === provider);
            const name = PROVIDER_NAMES[provider];
            return (
              <li key={provider} className="flex min-h-14 flex-wrap items-center justify-between gap-3 py-2">
                <p className="flex items-center gap-2 font-medium">
                  {name} {isLinked && <Badge tone="good">linked</Badge>}
                </p>
                {isLinked ? (
                  <Button isBusy={unlink.isPending} onClick={() => unlink.mutate(provider)}>
                    Unlink {name}
                  </Button>
                ) : (
                  <Button isBusy={link.isPending} onClick={() => link.mutate(provider)}>
                    Link {name}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {error && <Failed error={error} />}
    </Section>
  );
}
