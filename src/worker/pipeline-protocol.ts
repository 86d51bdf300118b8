/** What the pool and its children say to each other over IPC; both sides take these types from here. */
import type { PipelineErrorCode } from '../domain/errors.ts';
import type { PipelineReport, PipelineStep } from '../domain/removal-options.ts';
import type { PipelineOrder } from '../ports/pipeline-runner.ts';

export type OrderMessage = { readonly type: 'order'; readonly order: PipelineOrder; readonly threads: number };

/** For operators, never for callers: `detail` may hold a library's text, a path or a stack. */
export type ChildLogEntry = {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly pid: number;
  readonly detail?: string;
};

export type ChildMessage =
  | { readonly type: 'ready' }
  /** The model cannot be loaded; the child ends after this. */
  | { readonly type: 'unable'; readonly sentence: string }
  /** The order under way has come so far. */
  | { readonly type: 'step'; readonly step: PipelineStep }
  | { readonly type: 'done'; readonly report: PipelineReport }
  | { readonly type: 'failed'; readonly code: PipelineErrorCode; readonly message: string }
  | { readonly type: 'no_room' }
  | { readonly type: 'log'; readonly entry: ChildLogEntry };
