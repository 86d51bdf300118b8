import { useState } from 'react';
import { useDeliveries } from '../api/queries.ts';
import { Button } from '../ui/button.tsx';
import { DeliveryRow } from '../ui/delivery-row.tsx';
import { Segmented } from '../ui/field.tsx';
import { Empty, Failed, Loading, PageHeader } from '../ui/states.tsx';
import { WebhookSecret } from '../ui/webhook-secret.tsx';
import { WebhookTest } from '../ui/webhook-test.tsx';

const FILTERS = [
  { value: '', title: 'All' },
  { value: 'pending', title: 'Pending' },
  { value: 'delivered', title: 'Delivered' },
  { value: 'failed', title: 'Failed' },
] as const;

export default function Webhooks() {
  const [status, setStatus] = useState<string>('');
  const log = useDeliveries(status);
  const list = log.data?.pages.flatMap((page) => page.deliveries) ?? [];
  return (
    <>
      <PageHeader
        title="Webhooks"
        lead="Your server is told when a job has ended: send webhook_url along with async=true, and verify what comes by your secret."
      />
      <div className="grid gap-6 lg:grid-cols-2">
        <WebhookSecret />
        <WebhookTest />
      </div>
      <div className="mt-8 mb-4 flex flex-wrap items-end justify-between gap-3">
        <h2 className="text-lg">Deliveries</h2>
        <Segmented label="Show" isLabelHidden value={status} choices={FILTERS} onChange={setStatus} />
      </div>
      {log.isPending && <Loading label="Loading the deliveries" rows={4} />}
      {log.error && <Failed error={log.error} onRetry={() => void log.refetch()} />}
      {log.data && list.length === 0 && (
        <Empty icon="bell" title={status === '' ? 'Nothing sent yet' : 'None in this state'}>
          Each message is listed here for 30 days, with every attempt to send it and what your server answered.
        </Empty>
      )}
      {list.length > 0 && (
        <ul className="grid gap-3">
          {list.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} />
          ))}
        </ul>
      )}
      {log.hasNextPage && (
        <div className="mt-5 grid justify-center">
          <Button isBusy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
    </>
  );
}
