/** The steps of a pipeline as spans: begun when the child told of them, as long as it says that they took. */
import type { PipelineStep } from '../domain/removal-options.ts';
import type { PipelineOutcome } from '../ports/pipeline-runner.ts';
import type { Traces } from '../ports/traces.ts';

export function createStageTracer(traces: Traces) {
  const begun: { readonly stage: PipelineStep; readonly startMs: number }[] = [];
  return {
    onStep: (stage: PipelineStep): void => void begun.push({ stage, startMs: Date.now() }),
    /** In the span of the order. Where the child did not finish, the last step is the one that it failed in. */
    end(outcome: PipelineOutcome): void {
      const now = Date.now();
      const timings = outcome.kind === 'done' ? outcome.report.timings : undefined;
      for (const [i, { stage, startMs }] of begun.entries()) {
        const next = begun[i + 1];
        const endMs = timings ? startMs + timings[stage] : (next?.startMs ?? now);
        traces.record(stage, { startMs, endMs, hasFailed: timings === undefined && next === undefined });
      }
    },
  };
}
