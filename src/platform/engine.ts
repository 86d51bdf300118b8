/** Constructs what computes: the model's files, the choice of its precision, the pool, and the pipeline in its child. */
import { totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelFiles } from '../adapters/model-files.ts';
import { type ChildSettings, type Config, childEnvironment, npmEnvironment } from '../config.ts';
import { countMegapixels } from '../domain/admission.ts';
import { inPrecision, precisionOfQuality, type ReadyModel } from '../domain/model.ts';
import { decidePrecision, isMeasurementOf, type PrecisionChoice } from '../domain/precision.ts';
import { bytesOfChild, countChildren, idleMemoryOf } from '../domain/threads.ts';
import { type Metrics, NO_METRICS } from '../ports/metrics.ts';
import type { Log } from '../services/context.ts';
import type { Pipeline } from '../worker/pipeline-child.ts';

export type { PullProgress } from '../adapters/model-files.ts';

export async function openModelFiles(config: Config): Promise<ModelFiles> {
  const { createModelFiles } = await import('../adapters/model-files.ts');
  return createModelFiles({ modelsDir: config.modelsDir, env: npmEnvironment() });
}

/** From a checkout children run through tsx, like their parent. */
function describeChild(name: string) {
  const extension = path.extname(fileURLToPath(import.meta.url));
  return {
    childModule: fileURLToPath(new URL(`../cli/${name}${extension}`, import.meta.url)),
    execArgv: extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : [],
  };
}

/** Three sessions are loaded and run five times each; a slow machine takes a minute. */
const PRECISION_TIMEOUT_MS = 180_000;

/** What is noted about this machine, without measuring. */
export async function findPrecision(config: Config, model: ReadyModel) {
  const { describeProcessor, readPrecisionNote } = await import('../adapters/precision-probe.ts');
  const question = { processor: await describeProcessor(), digest: model.int8Digest ?? '' };
  const note = model.int8Path === undefined ? undefined : await readPrecisionNote(model.int8Path);
  const measurement = isMeasurementOf(note, question) ? note : undefined;
  const hasInt8 = model.int8Path !== undefined;
  return { question, choice: decidePrecision({ setting: config.PRECISION, hasInt8, measurement }) };
}

/** Which form of the model runs here; the first time on a machine that takes some seconds, in a process of its own. */
export async function choosePrecision(config: Config, model: ReadyModel): Promise<PrecisionChoice> {
  const { question, choice } = await findPrecision(config, model);
  if (choice.precision !== 'measure') return choice;
  const { askChild } = await import('../worker/ask-child.ts');
  const { writePrecisionNote } = await import('../adapters/precision-probe.ts');
  const env = childEnvironment({ model, threads: config.THREADS });
  const answer = await askChild({ ...describeChild('precision-child'), env, timeoutMs: PRECISION_TIMEOUT_MS });
  if (!answer) return NOT_MEASURED;
  const measurement = { ...(answer as Awaited<ReturnType<typeof measurePrecision>>), ...question };
  if (model.int8Path !== undefined) await writePrecisionNote(model.int8Path, measurement);
  const measured = decidePrecision({ setting: config.PRECISION, hasInt8: true, measurement });
  return measured.precision === 'measure' ? NOT_MEASURED : measured;
}

const NOT_MEASURED: PrecisionChoice = {
  precision: 'fp32',
  wideConvs: 'direct',
  reason: 'int8 could not be measured on this machine',
};

/** In the child of `choosePrecision`. */
export async function measurePrecision({ model, threads }: ChildSettings) {
  const { measureForms } = await import('../adapters/precision-probe.ts');
  return await measureForms(model, threads);
}

/** The machine's, or what the container may have of it. */
function findMemoryBytes(): number {
  // 0 where there is no limit, and more than there is where there is none in effect.
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

/** What a worker tells of itself that does not change. */
export const describeWorker = (config: Config, { name, precision = 'fp32' }: ReadyModel, version: string) => ({
  version,
  model: name,
  precision,
  threads: config.THREADS,
});

/**
 * A child's own heap hardly grows, but its pictures lie beside it and count as if they were of it: by default each one hastens
 * a collection of the whole heap, by two threads, 40 ms of the processor a picture. What is young is collected as before, and
 * all of it where 64 MiB have come in since.
 */
const RARE_COLLECTIONS = ['--heap-growing-percent=800', '--no-memory-reducer'];

/** For the one time that it pays: when a model has been loaded through the heap (`ort-session`). */
const ASKED_COLLECTIONS = ['--expose-gc'];

/**
 * glibc otherwise gives each of a child's dozen threads a heap of its own, and pages that one freed no other takes: what a
 * child held grew by 11 % from the 50th to the 300th small photo, and with two heaps by none. The time is the same.
 */
const FEW_HEAPS = { MALLOC_ARENA_MAX: '2' };

/** The pool of pipeline children, of which no more than `most` are started. */
export async function openRunner(
  config: Config,
  model: ReadyModel,
  log: Log,
  {
    most = Number.POSITIVE_INFINITY,
    metrics = NO_METRICS,
  }: { readonly most?: number; readonly metrics?: Metrics } = {},
) {
  metrics.set('remuvr_model_info', { model: model.name, precision: model.precision ?? 'fp32' }, 1);
  const { createChildPool } = await import('../worker/child-pool.ts');
  const threads = config.THREADS;
  const memoryBytes = findMemoryBytes();
  const fitting = countChildren({ threads, memoryBytes, modelBytes: model.bytes });
  const children = Math.min(most, config.WORKERS === 'auto' ? fitting : config.WORKERS);
  const roomFor = countMegapixels({ memoryBytes, children, childBytes: bytesOfChild(model.bytes) });
  const idleMemory = config.CHILD_IDLE_MEMORY === 'auto' ? idleMemoryOf(model.bytes) : config.CHILD_IDLE_MEMORY;
  const { childModule, execArgv } = describeChild('pipeline-child');
  return createChildPool({
    childModule,
    execArgv: [...RARE_COLLECTIONS, ...ASKED_COLLECTIONS, ...execArgv],
    env: { ...FEW_HEAPS, ...childEnvironment({ model, threads }) },
    size: children,
    threads,
    jobTimeoutMs: config.JOB_TIMEOUT * 1000,
    memoryLimitMiB: config.CHILD_MEMORY,
    idleMemoryLimitMiB: Math.min(idleMemory, config.CHILD_MEMORY),
    maxMegapixels: config.MAX_MEGAPIXELS === 'auto' ? roomFor : config.MAX_MEGAPIXELS,
    onWork: (megapixels) => metrics.add('remuvr_megapixels_in_flight', {}, megapixels),
    onReplaced: () => metrics.count('remuvr_child_restarts_total', {}),
    log: ({ level, message, ...fields }) => log[level](fields, message),
  });
}

/**
 * In the pipeline child: codec and model, as one function from an order to its report. The session that usual orders of
 * that many threads need is there at once, others at their first order.
 */
export async function openPipeline({ model }: ChildSettings, firstThreads: number): Promise<Pipeline> {
  const [{ createSharpCodec }, { openOrtSession }, { packZip }, { runPipeline }, { createSessionShelf }, { warmUp }] =
    await Promise.all([
      import('../adapters/sharp-codec.ts'),
      import('../adapters/ort-session.ts'),
      import('../adapters/zip-writer.ts'),
      import('../worker/pipeline.ts'),
      import('../worker/session-shelf.ts'),
      import('../worker/warm-up.ts'),
    ]);
  const codec = createSharpCodec({ threads: firstThreads });
  const sessions = createSessionShelf(({ precision, threads }) =>
    openOrtSession({ model: inPrecision(model, precision), threads }),
  );
  const first = await sessions.take({ precision: precisionOfQuality(model, 'auto'), threads: firstThreads });
  const parts = { codec, matteShift: model.matteShift ?? 0, packZip };
  await warmUp({ ...parts, session: first });
  return async (order, threads, onStep) => {
    codec.useThreads(threads);
    const { quality } = order.request;
    const session = await sessions.take({ precision: precisionOfQuality(model, quality), threads });
    // The one that `auto` takes: on 70 odd photos a mirror in int8 gave the same matte as one in single precision.
    const mirrorSession =
      quality === 'best' ? await sessions.take({ precision: precisionOfQuality(model, 'auto'), threads }) : session;
    return await runPipeline({ ...parts, session, mirrorSession }, order, onStep);
  };
}
