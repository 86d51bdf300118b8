/** Takes the pictures of a request and makes them a batch. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../../domain/errors.ts';
import type { Quality } from '../../domain/removal-options.ts';
import type { ServiceContext } from '../../services/context.ts';
import type { FoundBatch } from '../../services/find-batch.ts';
import { submitBatch } from '../../services/submit-batch.ts';
import { readWebhookUrl } from '../accept-picture.ts';
import { admissionOf } from '../authenticate.ts';
import { deleteFiles } from '../delete-files.ts';
import { fetchBackground, refuseBackground } from '../fetch-background.ts';
import { fetchSource } from '../fetch-source.ts';
import { readIdempotency } from '../idempotency.ts';
import { readOptions } from '../read-options.ts';
import type { UploadGate } from '../upload-gate.ts';
import { type ReceivedBatch, receiveBatch } from './receive-batch.ts';

export type BatchSettings = {
  readonly maxPixels: number;
  readonly maxBatchItems: number;
  readonly maxBatchBytes: number;
  readonly quality: Quality;
};

export type BatchIntake = (request: FastifyRequest) => Promise<FoundBatch['batch']>;

export function createBatchIntake(ctx: ServiceContext, settings: BatchSettings, gate: UploadGate): BatchIntake {
  const { maxPixels, maxBatchItems: maxItems, maxBatchBytes: maxBytes } = settings;
  return async (request) => {
    const { canRemove, maxFileSize } = admissionOf(request).caller;
    if (!canRemove) throw new RemuvrError('plan_required');
    const temporaryPath = (): Promise<string> => ctx.storage.temporaryPath();
    const fetchTo = (url: string, path: string) => fetchSource({ ctx, request, url, path, maxFileSize });
    const reception = { request, maxFileSize, maxPixels, maxItems, maxBytes, temporaryPath, fetchTo };
    return await gate(async () => await submit(ctx, settings, request, fetchTo, await receiveBatch(reception)));
  };
}

/** From here on the pictures are jobs, or they are deleted. */
async function submit(
  ctx: ServiceContext,
  { maxPixels, quality }: BatchSettings,
  request: FastifyRequest,
  fetchTo: (url: string, path: string) => Promise<Uint8Array>,
  received: ReceivedBatch,
): Promise<FoundBatch['batch']> {
  const { caller, now } = admissionOf(request);
  const { items } = received;
  let { background } = received;
  try {
    const parameters = { ...(request.query as Record<string, unknown>), ...received.fields, ...NO_URLS };
    const order = { ctx, caller, parameters, hasBackgroundFile: background !== undefined, quality };
    const { options, asked } = await readOptions(order);
    if (asked.background_url !== undefined) background = await fetchBackground(ctx, fetchTo, asked.background_url);
    if (background) refuseBackground(background.head, maxPixels);
    const webhookUrl = readWebhookUrl(ctx, caller, asked.webhook_url, true);
    const content = createHash('sha256');
    for (const { name, digest } of items) content.update(JSON.stringify([name, digest.toString('hex')]));
    const paths = [background?.path];
    const body = { paths, options, webhookUrl, isTest: caller.isTest, content: content.digest('hex') };
    const idempotency = await readIdempotency(request, body);
    const backgroundPath = background?.path;
    return await submitBatch({ ctx, caller, pictures: items, backgroundPath, options, webhookUrl, idempotency, now });
  } finally {
    // What became a job has been moved away.
    await deleteFiles([...items.map((item) => ('path' in item ? item : undefined)), background]);
  }
}

/** They have been read as what they are: several. */
const NO_URLS = { url: undefined, image_url: undefined, async: undefined };
