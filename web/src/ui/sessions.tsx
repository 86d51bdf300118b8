import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { useCurrentSession, useSessions } from '../api/queries.ts';
import { formatAgo } from '../lib/format.ts';
import { nameBrowser } from '../lib/user-agent.ts';
import { Button } from './button.tsx';
import { Badge, Failed, Loading } from './states.tsx';

export function Sessions() {
  const sessions = useSessions();
  const current = useCurrentSession();
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['sessions'] });
  const revoke = useMutation({
    mutationFn: (id: string) => call(`/api/sessions/${id}`, { method: 'DELETE' }),
    onSuccess: refresh,
  });
  const revokeOthers = useMutation({
    mutationFn: () => call('/api/auth/revoke-other-sessions', { method: 'POST' }),
    onSuccess: refresh,
  });
  if (sessions.isPending) return <Loading label="Loading the sessions" rows={2} />;
  if (sessions.error) return <Failed error={sessions.error} onRetry={() => void sessions.refetch()} />;
  const own = current.data?.session.id;
  const error = revoke.error ?? revokeOthers.error;
  return (
    <div className="grid gap-3">
      <ul className="grid divide-y divide-line">
        {sessions.data.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center justify-between gap-3 py-3">
            <div className="min-w-0">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {nameBrowser(session.userAgent ?? '')}
                {session.id === own && <Badge tone="good">this one</Badge>}
              </p>
              <p className="text-soft text-xs">
                {session.ipAddress || 'address unknown'} · since {formatAgo(session.createdAt, new Date())}
              </p>
            </div>
            {session.id !== own && (
              <Button isBusy={revoke.isPending} onClick={() => revoke.mutate(session.id)}>
                End
              </Button>
            )}
          </li>
        ))}
      </ul>
      {error && <Failed error={error} />}
      {sessions.data.length > 1 && (
        <div>
          <Button isBusy={revokeOthers.isPending} onClick={() => revokeOthers.mutate()}>
            End all others
          </Button>
        </div>
      )}
    </div>
  );
}
