/** A job as the wire shows it: absent members are absent, not null. */
import type { JobBody } from '../../../contract/schemas.ts';
import { formatJobTime } from '../../../contract/times.ts';
import { ERROR_MESSAGES } from '../../../domain/errors.ts';
import { type Job, resultKey } from '../../../domain/job.ts';
import type { Place } from '../../../services/find-place.ts';

export type JobViewSettings = { readonly cdnUrl: () => string; readonly timeZone: string };

/** `place`: of a job that waits for a worker. */
export function viewJob(job: Job, settings: JobViewSettings, place?: Place): JobBody {
  const head = { id: job.id, createdAt: formatJobTime(job.createdAt, settings.timeZone) };
  if (job.status === 'processing' || !job.completedAt) {
    const waits = place === undefined ? {} : { stage: 'queued' as const, ...viewPlace(place) };
    return { id: head.id, status: 'processing', ...waits, createdAt: head.createdAt };
  }
  const completedAt = formatJobTime(job.completedAt, settings.timeZone);
  if (job.status === 'completed') {
    const result = `${settings.cdnUrl()}/${resultKey(job)}`;
    // A job that an earlier version ended has none.
    const confidence = job.report?.confidence === undefined ? {} : { confidence: job.report.confidence };
    return { id: head.id, status: 'completed', createdAt: head.createdAt, completedAt, result, ...confidence };
  }
  const code = job.errorCode ?? 'processing_failed';
  const error = { code, message: job.errorMessage ?? ERROR_MESSAGES[code] };
  return { id: head.id, status: 'failed', createdAt: head.createdAt, completedAt, error };
}

export const viewPlace = ({ position, estimatedWaitSeconds }: Place) =>
  estimatedWaitSeconds === undefined ? { position } : { position, estimatedWaitSeconds };
