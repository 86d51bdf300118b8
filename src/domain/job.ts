/** One removal from its acceptance to its end. A job ends once: completed or failed. */
import type { ErrorCode } from './errors.ts';
import type { PlanName } from './plan.ts';
import { CONTENT_TYPES, type OutputFormat, type PipelineReport, type RemovalOptions } from './removal-options.ts';

export type JobStatus = 'processing' | 'completed' | 'failed';

/** `queueMs`: the wait for a worker, milliseconds. `confidence` is absent where an earlier version ended the job. */
export type JobReport = Omit<PipelineReport, 'confidence'> &
  Partial<Pick<PipelineReport, 'confidence'>> & { readonly queueMs: number };

export type Job = {
  readonly id: string;
  readonly accountId: string;
  readonly status: JobStatus;
  readonly plan: PlanName;
  readonly options: RemovalOptions;
  readonly isTest: boolean;
  /** The unguessable part of the result's address. */
  readonly resultName: string;
  /** How often a worker has begun it. */
  readonly attempt: number;
  readonly report: JobReport | null;
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly expiresAt: Date | null;
  /** Who is told when it has ended. */
  readonly webhookUrl: string | null;
};

/** A test key's removals are never charged. */
export function jobCredits(job: Pick<Job, 'isTest' | 'status'>): 0 | 1 {
  return job.isTest || job.status === 'failed' ? 0 : 1;
}

export function resultFileName(name: string, format: OutputFormat): string {
  return `${name}.${format}`;
}

export function resultKey(job: Pick<Job, 'resultName' | 'options'>): string {
  return `processed/${resultFileName(job.resultName, job.options.format)}`;
}

/** With its result, and as long. */
export function thumbnailKey(job: Pick<Job, 'resultName'>): string {
  return `thumbnails/${job.resultName}.webp`;
}

export function uploadKey(jobId: string): string {
  return `uploads/${jobId}`;
}

/** The picture for the background, with its upload, and as long. */
export function backgroundKey(jobId: string): string {
  return `uploads/${jobId}${BACKGROUND_SUFFIX}`;
}

const BACKGROUND_SUFFIX = '.background';

/** Of an upload or of its background. */
export function jobIdOfUpload(key: string): string {
  return key.slice('uploads/'.length).replace(BACKGROUND_SUFFIX, '');
}

export function resultContentType(job: Pick<Job, 'options'>): string {
  return CONTENT_TYPES[job.options.format];
}

/** A job whose workers died this often is not tried again: the picture is likely what kills them. */
export const MAX_ATTEMPTS = 3;
