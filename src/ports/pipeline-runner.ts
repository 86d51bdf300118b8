import type { PipelineErrorCode } from '../domain/errors.ts';
import type { PipelineReport, PipelineRequest, PipelineStep } from '../domain/removal-options.ts';

/**
 * Paths on the local disk. The runner reads `inputPath`, and writes `outputPath` whole or not at all. Where
 * `thumbnailPath` is given, a small picture of the result is written there, and the report says whether it is there.
 */
export type PipelineOrder = {
  readonly inputPath: string;
  /** Of the picture; left out, it waits for no others. */
  readonly megapixels?: number;
  /** Of the picture for the background, where the request has one. */
  readonly backgroundPath?: string | undefined;
  readonly outputPath: string;
  readonly thumbnailPath?: string;
  readonly request: PipelineRequest;
};

/**
 * An expected end is a value; only a broken runner throws.
 * `failed`: the picture's own fault, or a fault that a retry will not mend.
 * `no_room`: the disk is full; the order may be tried again when there is room.
 * `crashed`: the process that held the picture died, hung or outgrew its memory; the order may be tried again.
 */
export type PipelineOutcome =
  | { readonly kind: 'done'; readonly report: PipelineReport }
  | { readonly kind: 'failed'; readonly code: PipelineErrorCode; readonly message: string }
  | { readonly kind: 'crashed'; readonly reason: string }
  | { readonly kind: 'no_room' };

export type OnStep = (step: PipelineStep) => void;

/** Runs orders in child processes, so that native decoders never meet hostile bytes in the caller's process. */
export interface PipelineRunner {
  /** Resolves when a child has loaded its model; rejects with a sentence when none can. */
  ready(): Promise<void>;
  /** How many orders to give it at once: one for each child that it may have, and some in hand for the first that is free. */
  readonly capacity: number;
  /** `onStep`: at the beginning of each. */
  run(order: PipelineOrder, onStep?: OnStep): Promise<PipelineOutcome>;
  /** Waits for running orders up to `graceMs`, then ends the children. */
  close(graceMs: number): Promise<void>;
}
