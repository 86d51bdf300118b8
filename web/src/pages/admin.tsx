import { useDeferredValue, useState } from 'react';
import { type AdminAccount, useAccounts, useAudit, useQueue } from '../api/admin.ts';
import { usePlanTitle } from '../api/queries.ts';
import { formatCount, formatDate } from '../lib/format.ts';
import { Button } from '../ui/button.tsx';
import { EditAccount } from '../ui/edit-account.tsx';
import { Field } from '../ui/field.tsx';
import { Findings, Parts } from '../ui/server-health.tsx';
import { Badge, Card, Empty, Failed, Loading, PageHeader } from '../ui/states.tsx';

export default function Admin() {
  return (
    <>
      <PageHeader title="Admin" lead="Accounts, the queue, and whether the books are right." />
      <div className="grid gap-5">
        <Accounts />
        <QueueCard />
        <AuditCard />
      </div>
    </>
  );
}

function Accounts() {
  const [search, setSearch] = useState('');
  const [edited, setEdited] = useState<AdminAccount | null>(null);
  const titleOf = usePlanTitle();
  const accounts = useAccounts(useDeferredValue(search));
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-4">
        <h2 className="text-lg">Accounts</h2>
        <div className="w-full sm:w-80">
          <Field
            label="Search by name or e-mail"
            isLabelHidden
            placeholder="Search by name or e-mail"
            type="search"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
      </div>
      {accounts.isPending && <Loading label="Loading the accounts" />}
      {accounts.error && <Failed error={accounts.error} onRetry={() => void accounts.refetch()} />}
      {accounts.data?.length === 0 && (
        <Empty icon="person" title="Nobody">
          No account has this in its name or address.
        </Empty>
      )}
      {accounts.data && accounts.data.length > 0 && (
        <ul className="divide-y divide-line">
          {accounts.data.map((account) => (
            <li
              key={account.id}
              className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 py-3 md:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_auto]"
            >
              <div className="min-w-0">
                <p className="truncate font-medium">{account.name}</p>
                <p className="truncate text-soft text-xs">{subtitleOf(account)}</p>
              </div>
              <div className="row-start-2 flex flex-wrap gap-2 md:row-start-auto">
                <Badge tone={account.plan === 'free' ? 'plain' : 'good'}>{titleOf(account.plan)}</Badge>
                {account.isAdmin && <Badge>admin</Badge>}
                {account.suspended && <Badge tone="bad">suspended</Badge>}
              </div>
              <p className="numbers row-start-3 text-soft md:row-start-auto">{usedOf(account)}</p>
              <Button aria-label={`Change ${account.name}`} onClick={() => setEdited(account)}>
                Change
              </Button>
            </li>
          ))}
        </ul>
      )}
      {edited && <EditAccount account={edited} onClose={() => setEdited(null)} />}
    </Card>
  );
}

function QueueCard() {
  const queue = useQueue();
  return (
    <Card>
      <h2 className="mb-4 text-lg">Queue, workers, models</h2>
      {queue.isPending && <Loading label="Loading the queue" />}
      {queue.error && <Failed error={queue.error} onRetry={() => void queue.refetch()} />}
      {queue.data && (
        <div className="grid gap-6">
          <table className="numbers w-full text-left [&_td]:border-line [&_td]:border-t [&_td]:py-2.5 [&_th]:pb-2 [&_th]:font-medium [&_th]:text-soft">
            <thead>
              <tr>
                <th scope="col">Plan</th>
                <th scope="col" className="text-right">
                  Queued
                </th>
                <th scope="col" className="text-right">
                  Running
                </th>
              </tr>
            </thead>
            <tbody>
              {queue.data.byPlan.map(({ plan, queued, running }) => (
                <tr key={plan}>
                  <td className="capitalize">{plan}</td>
                  <td className="text-right">{formatCount(queued)}</td>
                  <td className="text-right">{formatCount(running)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Parts title="Workers" list={queue.data.workers} empty="No worker is there: nothing is processed." />
          <Parts title="Models" list={queue.data.models} empty="No model is loaded." />
        </div>
      )}
    </Card>
  );
}

function AuditCard() {
  const audit = useAudit();
  return (
    <Card>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-lg">The ledger’s audit</h2>
        <Button icon="refresh" isBusy={audit.isFetching} onClick={() => void audit.refetch()}>
          Run it again
        </Button>
      </div>
      <p className="mb-4 text-soft">Every account and job is held against the ledger.</p>
      {audit.isPending && <Loading label="Running the audit" rows={1} />}
      {audit.error && <Failed error={audit.error} />}
      {audit.data && <Findings audit={audit.data} />}
    </Card>
  );
}

/** The address where it is not the name already, and since when. */
function subtitleOf({ name, email, createdAt }: AdminAccount): string {
  const since = createdAt ? `since ${formatDate(createdAt)}` : '';
  return [email === name ? '' : email, since].filter(Boolean).join(' · ');
}

function usedOf({ used, limits }: AdminAccount): string {
  const quota = limits?.monthlyRemovals;
  return quota === null || quota === undefined ? formatCount(used) : `${formatCount(used)} of ${formatCount(quota)}`;
}
