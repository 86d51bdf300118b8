/** A pipeline child whose inference is a wait: decoding, refining and encoding are real, and the processor is free meanwhile. */
import { setTimeout } from 'node:timers/promises';
import { createSharpCodec } from '../src/adapters/sharp-codec.ts';
import { packZip } from '../src/adapters/zip-writer.ts';
import type { InferenceSession } from '../src/ports/inference-session.ts';
import { runPipeline } from '../src/worker/pipeline.ts';
import { servePipelineChild } from '../src/worker/pipeline-child.ts';

const SIDE = 1024;
const waitMs = Number(process.env.SIMULATED_INFERENCE_MS);

/** A disc with a soft edge. */
const disc = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
  const distance = Math.hypot((i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2);
  return Math.min(1, Math.max(0, (SIDE / 3 - distance) / 8));
});

const session: InferenceSession = {
  inputSize: SIDE,
  prepare: (rgb) => rgb,
  run: () => setTimeout(waitMs, disc.slice()),
  close: async () => {},
};

await servePipelineChild({
  openPipeline: async () => {
    const codec = createSharpCodec({ threads: 1 });
    const parts = { codec, session, matteShift: 0, packZip };
    return (order, _threads, onStep) => runPipeline(parts, order, onStep);
  },
});
