/** A batch as the wire shows it: absent members are absent, not null. */
import type { BatchBody } from '../../contract/batch-schemas.ts';
import { formatJobTime } from '../../contract/times.ts';
import { batchStatus, countItems, itemStatus } from '../../domain/batch.ts';
import { ERROR_MESSAGES } from '../../domain/errors.ts';
import { resultKey } from '../../domain/job.ts';
import type { FoundBatch, FoundItem } from '../../services/find-batch.ts';

export type BatchViewSettings = {
  readonly publicUrl: () => string;
  readonly cdnUrl: () => string;
  readonly timeZone: string;
};

export function viewBatch({ batch, items }: FoundBatch, settings: BatchViewSettings): BatchBody {
  const counts = countItems(items.map(({ job }) => itemStatus(job)));
  const status = batchStatus(
    counts,
    items.some(({ job }) => job?.errorCode === 'cancelled'),
  );
  const ends = items.map(({ job }) => job?.completedAt?.getTime() ?? batch.createdAt.getTime());
  const completedAt = status === 'processing' ? undefined : new Date(Math.max(...ends));
  const url = `${settings.publicUrl()}/v1/batches/${batch.id}`;
  return {
    id: batch.id,
    status,
    createdAt: formatJobTime(batch.createdAt, settings.timeZone),
    ...(completedAt && { completedAt: formatJobTime(completedAt, settings.timeZone) }),
    total: items.length,
    counts,
    items: items.map((found) => viewItem(found, settings)),
    urls: { batch: url, zip: `${url}/zip`, cancel: `${url}/cancel` },
  };
}

function viewItem(found: FoundItem, settings: BatchViewSettings): BatchBody['items'][number] {
  const { item, job } = found;
  const status = itemStatus(job);
  const error = itemError(found);
  return {
    name: item.name,
    status,
    ...(item.jobId !== null && { job: item.jobId }),
    ...(job?.status === 'completed' && { result: `${settings.cdnUrl()}/${resultKey(job)}` }),
    ...(error && { error }),
  };
}

/** Why the item has no result, and will have none. */
export function itemError({ item, job }: FoundItem): BatchBody['items'][number]['error'] {
  if (item.error) return item.error;
  if (!job) return { code: 'gone', message: 'The job of this picture was deleted.' };
  if (job.status !== 'failed') return undefined;
  const code = job.errorCode ?? 'processing_failed';
  return { code, message: job.errorMessage ?? ERROR_MESSAGES[code] };
}
