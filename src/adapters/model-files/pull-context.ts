/** What one pull carries from step to step. */
import type { NpmSettings } from '../npm-tarball.ts';
import type { RetryPlan } from './retry.ts';

export type PullPhase = 'waiting' | 'downloading' | 'converting' | 'verifying';

/**
 * The total is 0 where it is not known. `waiting` (for another process that pulls the same model) and the last two
 * phases count nothing: both numbers are 0.
 */
export type PullProgress = (bytesDone: number, bytesTotal: number, phase: PullPhase) => void;

export type PullContext = {
  readonly modelsDir: string;
  /** Of this model alone: what an interrupted pull leaves for the next. */
  readonly partialDir: string;
  /** Where the finished file goes, whole or not at all. */
  readonly filePath: string;
  readonly npm: NpmSettings;
  readonly retry: RetryPlan;
  readonly signal: AbortSignal;
  readonly onProgress: PullProgress;
};
