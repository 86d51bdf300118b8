/** What is measured: the one table of names, for the code, the page and the dashboard. Times are seconds. */
import { PIPELINE_ERROR_CODES } from './errors.ts';

type Measure = {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
};

export const MEASURES = {
  remuvr_requests_total: {
    kind: 'counter',
    help: 'Requests that were answered, by the pattern of their route.',
    labels: ['method', 'route', 'status'],
  },
  remuvr_request_seconds: {
    kind: 'histogram',
    help: 'From the head of a request to the end of its answer.',
    labels: ['route'],
  },
  remuvr_jobs_total: { kind: 'counter', help: 'Jobs that ended in this process.', labels: ['plan', 'status'] },
  remuvr_job_failures_total: {
    kind: 'counter',
    help: 'Jobs that failed in this process, by their code.',
    labels: ['code'],
  },
  remuvr_jobs_put_back_total: {
    kind: 'counter',
    help: 'Jobs that this process gave back: it stops (stopping), database or storage are away (outage), the upload is not there (missing_upload), or else (error).',
    labels: ['reason'],
  },
  remuvr_job_retries_total: {
    kind: 'counter',
    help: 'Jobs that this process began once more: the worker before was lost (lost), the database was away (outage), or as they were given back.',
    labels: ['reason'],
  },
  remuvr_stage_seconds: {
    kind: 'histogram',
    help: 'What a completed job took: queue, decode, infer, refine and encode.',
    labels: ['stage'],
  },
  remuvr_megapixels_total: { kind: 'counter', help: 'Megapixels of completed results.', labels: [] },
  remuvr_megapixels_in_flight: {
    kind: 'gauge',
    help: 'Megapixels of the pictures that the children of this process are working on.',
    labels: [],
  },
  remuvr_memory_bytes: {
    kind: 'gauge',
    help: 'Memory that is resident: of this process itself (main), and of its pipeline children together.',
    labels: ['kind'],
  },
  remuvr_children: { kind: 'gauge', help: 'Pipeline children of this process.', labels: [] },
  remuvr_disk_free_bytes: {
    kind: 'gauge',
    help: 'Free on the disk under DATA_DIR (data), and on that of the objects, or of what is under way to a bucket (objects).',
    labels: ['folder'],
  },
  remuvr_quota_denials_total: { kind: 'counter', help: 'Removals refused for a used-up quota.', labels: ['plan'] },
  remuvr_child_restarts_total: { kind: 'counter', help: 'Pipeline children that ended and were replaced.', labels: [] },
  remuvr_database_up: {
    kind: 'gauge',
    help: '1 where the database answered this question, else 0; the queue and the workers are then not told.',
    labels: [],
  },
  remuvr_queue_jobs: { kind: 'gauge', help: 'Jobs of all servers, queued and running.', labels: ['plan', 'state'] },
  remuvr_queue_wait_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest job that no worker has begun.',
    labels: ['plan'],
  },
  remuvr_workers: {
    kind: 'gauge',
    help: 'Workers that live, wherever they are: starting, ready or draining.',
    labels: ['state', 'model', 'version'],
  },
  remuvr_worker_threads: { kind: 'gauge', help: 'Threads of each worker.', labels: ['worker'] },
  remuvr_worker_jobs: { kind: 'gauge', help: 'Jobs that each worker has ended since it started.', labels: ['worker'] },
  remuvr_worker_memory_bytes: {
    kind: 'gauge',
    help: 'Resident memory of each worker, with its pipeline children.',
    labels: ['worker'],
  },
  remuvr_model_info: { kind: 'gauge', help: '1, for the model of this process.', labels: ['model', 'precision'] },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof MEASURES;
export type NamesOf<K extends Measure['kind']> = {
  [N in MeasureName]: (typeof MEASURES)[N]['kind'] extends K ? N : never;
}[MeasureName];
export type Labels<N extends MeasureName> = Readonly<Record<(typeof MEASURES)[N]['labels'][number], string>>;

/** Why a worker gives a job back. */
export const PUT_BACK_REASONS = ['stopping', 'outage', 'missing_upload', 'error'] as const;
export type PutBackReason = (typeof PUT_BACK_REASONS)[number];

/** Why a job is begun once more: a worker that is lost says nothing. */
export const RETRY_REASONS = ['lost', ...PUT_BACK_REASONS] as const;
export type RetryReason = (typeof RETRY_REASONS)[number];

/** Of counters, there at 0 from the start: what a series begins with is no increase to Prometheus. */
export const FIRST_SERIES: { readonly [N in NamesOf<'counter'>]?: readonly Labels<N>[] } = {
  remuvr_jobs_put_back_total: PUT_BACK_REASONS.map((reason) => ({ reason })),
  remuvr_job_retries_total: RETRY_REASONS.map((reason) => ({ reason })),
  remuvr_job_failures_total: PIPELINE_ERROR_CODES.map((code) => ({ code })),
};
