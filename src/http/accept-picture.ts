/** Takes the picture of a request, of the API or of the playground, and makes it a job. */
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';
import type { Quality } from '../domain/removal-options.ts';
import type { ServiceContext } from '../services/context.ts';
import { acceptWebhookUrl } from '../services/member-webhooks.ts';
import { submitRemoval } from '../services/submit-removal.ts';
import type { Admission } from './authenticate.ts';
import { deleteFiles } from './delete-files.ts';
import { type Fetch, fetchBackground, refuseBackground } from './fetch-background.ts';
import { fetchSource } from './fetch-source.ts';
import { readIdempotency } from './idempotency.ts';
import { readOptions } from './read-options.ts';
import { type ReceivedPicture, receivePicture, refuseUnfit } from './receive-picture.ts';
import type { UploadGate } from './upload-gate.ts';

export type IntakeSettings = {
  readonly maxPixels: number;
  /** Of a request that names none, by a key that has none. */
  readonly quality: Quality;
};

export type PictureIntake = ReturnType<typeof createPictureIntake>;

export function createPictureIntake(ctx: ServiceContext, settings: IntakeSettings, gate: UploadGate) {
  return async (request: FastifyRequest, admission: Admission) => {
    const { canRemove, maxFileSize } = admission.caller;
    if (!canRemove) throw new RemuvrError('plan_required');
    const temporaryPath = (): Promise<string> => ctx.storage.temporaryPath();
    const fetchTo = (url: string, path: string) => fetchSource({ ctx, request, url, path, maxFileSize });
    return await gate(async () => {
      const reception = { request, maxFileSize, temporaryPath, fetchTo };
      const picture = await ctx.traces.step('receive', {}, () => receivePicture(reception));
      return await submitPicture(ctx, settings, { request, picture, fetchTo, ...admission });
    });
  };
}

type Picture = Admission & {
  readonly request: FastifyRequest;
  readonly picture: ReceivedPicture;
  readonly fetchTo: Fetch;
};

/** From here on the picture is a job, or it is deleted. */
async function submitPicture(ctx: ServiceContext, settings: IntakeSettings, given: Picture) {
  const { request, picture, caller, now } = given;
  const { quality, maxPixels } = settings;
  let { background } = picture;
  try {
    const parameters = { ...(request.query as Record<string, unknown>), ...picture.fields };
    const order = { ctx, caller, parameters, hasBackgroundFile: background !== undefined, quality };
    const { options, asked } = await readOptions(order);
    refuseUnfit(picture.head, maxPixels);
    if (asked.background_url !== undefined) {
      background = await fetchBackground(ctx, given.fetchTo, asked.background_url);
    }
    if (background) refuseBackground(background.head, maxPixels);
    const isAsync = asked.async === 'true' || asked.async === '1' || prefersAsync(request);
    const webhookUrl = readWebhookUrl(ctx, caller, asked.webhook_url, isAsync);
    const body = { paths: [picture.path, background?.path], options, webhookUrl, isTest: caller.isTest };
    const idempotency = await readIdempotency(request, body);
    const paths = { uploadPath: picture.path, backgroundPath: background?.path };
    const accepted = await submitRemoval({ ctx, caller, ...paths, options, webhookUrl, idempotency, now });
    return { accepted, isAsync };
  } finally {
    // What became a job has been moved away.
    await deleteFiles([picture, background]);
  }
}

/** Undefined where there is none; an empty one, as forms send it, is none. */
export function readWebhookUrl(
  ctx: ServiceContext,
  { kind }: Admission['caller'],
  url: string | undefined,
  isAsync: boolean,
): string | undefined {
  if (!url) return undefined;
  if (kind === 'publishable') throw new RemuvrError('key_restricted', 'A publishable key may not name a webhook.');
  if (!isAsync) {
    throw new RemuvrError('invalid_parameter', 'The parameter "webhook_url" goes with async=true alone.');
  }
  return acceptWebhookUrl(ctx, url);
}

const prefersAsync = (request: FastifyRequest): boolean =>
  /(^|[\s,;])respond-async($|[\s,;])/i.test(String(request.headers.prefer ?? ''));
