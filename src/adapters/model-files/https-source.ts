/** One file over HTTPS: a broken transfer goes on where it stopped, if the server can say that it is still the same file. */
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Checksum } from '../../domain/model.ts';
import { hashFile, measureFile, renameDurably, writeDurably, writeWhole } from './durable-file.ts';
import { describeFolderFailure, describeNetworkTrouble, ModelFilesError } from './failure.ts';
import type { PullContext } from './pull-context.ts';
import { createStallError, retryWithBackoff, watchForStall } from './retry.ts';

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** A validator for If-Range (RFC 9110, 13.1.5): a strong ETag, or else the date. */
function pickValidator(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  return etag && !etag.startsWith('W/') ? etag : (headers.get('last-modified') ?? undefined);
}

type Partial = { readonly dataPath: string; readonly notePath: string };

/** The note says what the bytes at hand are the beginning of; without it they are worth nothing. */
async function readResumePoint(
  partial: Partial,
  url: string,
): Promise<{ offset: number; validator: string } | undefined> {
  const offset = await measureFile(partial.dataPath);
  const text = await readFile(partial.notePath, 'utf8').catch(() => undefined);
  if (!offset || text === undefined) return undefined;
  try {
    const note = JSON.parse(text) as { url?: unknown; validator?: unknown } | null;
    const isSame = note?.url === url && typeof note.validator === 'string';
    return isSame ? { offset, validator: note.validator as string } : undefined;
  } catch {
    return undefined;
  }
}

function refuseStatus(response: Response, url: string): ModelFilesError {
  const told = response.status === 404 ? 'it is not there (404)' : `the server answered ${response.status}`;
  return new ModelFilesError(`The model could not be fetched from ${url}: ${told}.`, {
    isRetryable: isPassing(response.status),
  });
}

async function* listNothing(): AsyncGenerator<Uint8Array> {}

async function receiveBody(
  response: Response,
  offset: number,
  partial: Partial,
  context: PullContext,
  onStall: () => void,
): Promise<void> {
  const length = Number(response.headers.get('content-length') ?? 0);
  const total = length > 0 ? offset + length : 0;
  const file: FileHandle = await open(partial.dataPath, offset > 0 ? 'a' : 'w');
  try {
    let done = offset;
    for await (const chunk of watchForStall(response.body ?? listNothing(), context.retry.stallMs, onStall)) {
      await writeWhole(file, chunk);
      done += chunk.byteLength;
      context.onProgress(done, total, 'downloading');
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function download(url: string, partial: Partial, context: PullContext): Promise<{ isResumed: boolean }> {
  await mkdir(context.partialDir, { recursive: true });
  const resume = await readResumePoint(partial, url);
  const stalled = new AbortController();
  const headersTimer = setTimeout(() => stalled.abort(createStallError()), context.retry.stallMs);
  const headers = resume ? { range: `bytes=${resume.offset}-`, 'if-range': resume.validator } : {};
  const signal = AbortSignal.any([context.signal, stalled.signal]);
  // Compressed bytes on the way would make the offsets of another file.
  const response = await fetch(url, { signal, headers: { ...headers, 'accept-encoding': 'identity' } }).finally(() =>
    clearTimeout(headersTimer),
  );
  const isResumed = response.status === 206 && resume !== undefined;
  if (response.status === 416 && resume) return { isResumed: true };
  if (response.status !== 200 && !isResumed) {
    await response.body?.cancel();
    throw refuseStatus(response, url);
  }
  const startsAt = Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
  if (isResumed && startsAt !== resume.offset) {
    await response.body?.cancel();
    await rm(partial.notePath, { force: true });
    throw new ModelFilesError(`The server of ${url} sent another part than was asked for.`, { isRetryable: true });
  }
  if (!isResumed) {
    await rm(partial.dataPath, { force: true });
    const note = JSON.stringify({ url, validator: pickValidator(response.headers) });
    await writeDurably(partial.notePath, (file) => writeWhole(file, Buffer.from(note)));
  }
  await receiveBody(response, isResumed ? resume.offset : 0, partial, context, () => stalled.abort(createStallError()));
  return { isResumed };
}

export async function pullFromHttps(
  url: string,
  checksum: Checksum | undefined,
  stagedPath: string,
  context: PullContext,
): Promise<void> {
  const partial = {
    dataPath: path.join(context.partialDir, 'download'),
    notePath: path.join(context.partialDir, 'download.json'),
  };
  const attempt = async (): Promise<void> => {
    const { isResumed } = await download(url, partial, context).catch((error: unknown) => {
      context.signal.throwIfAborted();
      if (error instanceof ModelFilesError) throw error;
      const folderFailure = describeFolderFailure(error, context.modelsDir);
      if (folderFailure) throw folderFailure;
      const sentence = `The model could not be fetched from ${url}: ${describeNetworkTrouble(error)}.`;
      throw new ModelFilesError(sentence, { isRetryable: true, cause: error });
    });
    context.onProgress(0, 0, 'verifying');
    // From the disk, not on the way: what counts is what will be loaded.
    const digest = checksum && (await hashFile(partial.dataPath, checksum.algorithm, context.signal));
    if (digest === checksum?.hex) return;
    await rm(partial.dataPath, { force: true });
    throw new ModelFilesError(
      `The file at ${url} has the ${checksum?.algorithm} ${digest}, but ${checksum?.hex} was expected; nothing of it was kept.`,
      // A file pieced together may have been joined wrongly; one that came in one go is simply another file.
      { isRetryable: isResumed },
    );
  };
  await retryWithBackoff(attempt, {
    delaysMs: context.retry.delaysMs,
    signal: context.signal,
    measureProgress: async () => (await measureFile(partial.dataPath)) ?? 0,
  });
  await renameDurably(partial.dataPath, stagedPath);
}
