/** One message to the user's own server, with what became of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, messageOf } from '../api/client.ts';
import type { Delivery, DeliveryAttempt } from '../api/types.ts';
import { formatAgo, formatMs, formatTime } from '../lib/format.ts';
import { Button } from './button.tsx';
import { Badge } from './states.tsx';
import { useToast } from './toast.tsx';

const TONES = { pending: 'warn', delivered: 'good', failed: 'bad' } as const satisfies Record<
  Delivery['status'],
  string
>;

export function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const now = new Date();
  const { event, status, createdAt, url, jobId, attempts, nextTryAt } = delivery;
  const queries = useQueryClient();
  const say = useToast();
  const resend = useMutation({
    mutationFn: () => call(`/api/webhooks/${delivery.id}/resend`, { method: 'POST' }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['deliveries'] });
      say('It is sent again');
    },
    onError: (error) => say(messageOf(error), 'bad'),
  });
  return (
    <li className="grid gap-x-6 gap-y-3 rounded-lg border border-line bg-surface p-4 shadow-card sm:grid-cols-[minmax(0,1fr)_auto] sm:items-start">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Badge tone={TONES[status]}>{status}</Badge>
          <span className="font-medium font-mono text-sm">{event}</span>
          <time dateTime={createdAt} title={formatTime(createdAt)} className="text-soft">
            {formatAgo(createdAt, now)}
          </time>
        </p>
        <p className="wrap-anywhere mt-1 font-mono text-soft text-xs">{url}</p>
        {jobId !== null && <p className="wrap-anywhere mt-0.5 font-mono text-soft text-xs">Job {jobId}</p>}
        {nextTryAt !== null && <p className="mt-1 text-xs">{describeNext(nextTryAt, attempts.length, now)}</p>}
        {attempts.length > 0 && <Attempts attempts={attempts} />}
      </div>
      <div className="flex">
        <Button
          icon="refresh"
          isBusy={resend.isPending}
          aria-label={`Send again: ${event} of ${formatTime(createdAt)}`}
          onClick={() => resend.mutate()}
        >
          Send again
        </Button>
      </div>
    </li>
  );
}

function describeNext(nextTryAt: string, attempts: number, now: Date): string {
  const isDue = new Date(nextTryAt) <= now;
  const when = isDue ? 'now' : formatAgo(nextTryAt, now).replace('just now', 'within a minute');
  return attempts === 0 ? `To be sent ${when}.` : `Next attempt ${when}.`;
}

function Attempts({ attempts }: { attempts: readonly DeliveryAttempt[] }) {
  return (
    <details className="mt-1 not-open:-mb-2">
      <summary className="flex min-h-10 w-fit items-center text-soft text-xs">
        {attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`}: {describe(attempts.at(-1))}
      </summary>
      <ol className="numbers mt-1 grid gap-1.5 text-xs">
        {attempts.map((attempt) => (
          <li key={attempt.number} className="flex flex-wrap gap-x-3">
            <time dateTime={attempt.startedAt} className="text-soft">
              {formatTime(attempt.startedAt)}
            </time>
            <span className={attempt.error ? 'text-danger' : ''}>{describe(attempt)}</span>
            {attempt.durationMs !== null && <span className="text-soft">{formatMs(attempt.durationMs)}</span>}
          </li>
        ))}
      </ol>
    </details>
  );
}

function describe(attempt: DeliveryAttempt | undefined): string {
  if (attempt?.error) return attempt.error.message;
  return attempt?.status ? `answered ${attempt.status}` : 'under way';
}
