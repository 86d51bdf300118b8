/** Makes the cut-outs of the landing page while there is nothing else to do: one at a time, after jobs of anybody. */
import { setTimeout as pause } from 'node:timers/promises';
import type { NextDemo } from '../domain/demo.ts';
import type { PipelineRunner } from '../ports/pipeline-runner.ts';
import type { ServiceContext } from '../services/context.ts';
import { type DemoSource, findNextDemo, listDemoPhotos, makeDemo } from '../services/make-demos.ts';
import { isOutage } from '../services/outage.ts';

/** Before each, so that the first requests after a start, and whoever comes in between, meet an idle machine. */
const PACE_MS = 3_000;

type Making = {
  readonly ctx: ServiceContext;
  readonly runner: PipelineRunner;
  readonly source: DemoSource;
  /** From here on none is begun. */
  readonly stopping: AbortSignal;
};

/** Returns the function that stops it; one that is under way ends with the runner, or is waited for. */
export function startDemos(making: Making): () => Promise<void> {
  const stopped = new AbortController();
  const stopping = AbortSignal.any([stopped.signal, making.stopping]);
  const { log } = making.ctx;
  const done = makeDemos({ ...making, stopping }).catch((error: unknown) => {
    if (!stopping.aborted) log.warn({ err: error }, 'the landing page keeps the cut-outs that it came with');
  });
  return async () => {
    stopped.abort();
    await done;
  };
}

async function makeDemos({ ctx, runner, source, stopping }: Making): Promise<void> {
  await runner.ready();
  let photos = await listDemoPhotos(source);
  while (photos.length > 0) {
    await pause(PACE_MS, undefined, { signal: stopping });
    const next = await findNextDemo({ ctx, photos }).catch((error: unknown): NextDemo => {
      if (!isOutage(error)) throw error;
      return { kind: 'later' };
    });
    if (next.kind === 'none') return;
    if (next.kind === 'later') continue;
    const { photo } = next;
    // Once, whatever comes of it: the page has a picture for each that fails.
    photos = photos.filter((other) => other !== photo);
    const isMade = await makeDemo({ ctx, runner, source, photo });
    if (!isMade && !stopping.aborted) ctx.log.warn({ photo: photo.name }, 'no cut-out for the landing page was made');
  }
}
