/** What a child tells of a picture of one pixel, for tests of what stands around it. */
import type { PipelineReport } from '../../src/domain/removal-options.ts';

export const JOB_REPORT: PipelineReport = {
  width: 1,
  height: 1,
  foreground: { top: 0, left: 0, width: 1, height: 1 },
  confidence: 0.9,
  byteLength: 6,
  timings: { decode: 0, infer: 0, refine: 0, encode: 0 },
};
