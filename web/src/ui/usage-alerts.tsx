import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { useMe } from '../api/queries.ts';
import { Section } from './section.tsx';
import { Failed } from './states.tsx';
import { useToast } from './toast.tsx';

export function UsageAlerts() {
  const me = useMe();
  const queries = useQueryClient();
  const say = useToast();
  const change = useMutation({
    mutationFn: (usageAlerts: boolean) =>
      call('/api/account/settings', { method: 'POST', json: { usageAlerts } }).then(() => usageAlerts),
    onSuccess: async (isOn) => {
      await queries.invalidateQueries({ queryKey: ['me'] });
      say(isOn ? 'You will be mailed' : 'You will not be mailed');
    },
  });
  const isOn = me.data?.account.usageAlerts;
  if (isOn === undefined) return null;
  return (
    <Section title="Usage alerts">
      <label className="flex min-h-10 items-center gap-3">
        <input
          type="checkbox"
          className="size-5 accent-accent"
          // What was just chosen is shown while the server is told.
          checked={change.isPending ? change.variables : isOn}
          onChange={(event) => change.mutate(event.currentTarget.checked)}
        />
        Mail me at 80 % and at 100 % of my quota
      </label>
      {me.data?.server.mail === 'log' && (
        <p className="mt-1 text-soft text-xs">This server sends no e-mail: alerts go to its log.</p>
      )}
      {change.error && <Failed error={change.error} />}
    </Section>
  );
}
