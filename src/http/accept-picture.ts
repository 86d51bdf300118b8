/** Takes the picture of a request, of the API or of the playground, and makes it a job. */
import type { FastifyRequest } from 'fastify';
import { toEditOptions } from '../contract/edit-parameters.ts';
import { removalParameters } from '../contract/schemas.ts';
import { RemuvrError } from '../domain/errors.ts';
import { type Quality, refuseOptions } from '../domain/removal-options.ts';
import { decideUpload } from '../domain/upload.ts';
import type { ServiceContext } from '../services/context.ts';
import { acceptWebhookUrl } from '../services/member-webhooks.ts';
import { submitRemoval } from '../services/submit-removal.ts';
import type { Admission } from './authenticate.ts';
import { deleteFiles } from './delete-files.ts';
import { fetchSource } from './fetch-source.ts';
import { readIdempotency } from './idempotency.ts';
import { parseParameters } from './parse-parameters.ts';
import { type ReceivedPicture, receivePicture, refuseUnfit } from './receive-picture.ts';

export type IntakeSettings = {
  readonly maxPixels: number;
  readonly maxUploads: number;
  /** Of a request that names none, by a key that has none. */
  readonly quality: Quality;
};

export type PictureIntake = ReturnType<typeof createPictureIntake>;

export function createPictureIntake(ctx: ServiceContext, settings: IntakeSettings) {
  let uploads = 0;

  const receive = async (request: FastifyRequest, maxFileSize: number): Promise<ReceivedPicture> => {
    if (uploads >= settings.maxUploads) throw new RemuvrError('overloaded', undefined, { retryAfterSeconds: 1 });
    uploads++;
    try {
      const temporaryPath = (): Promise<string> => ctx.storage.temporaryPath();
      const fetchTo = (url: string, path: string) => fetchSource({ ctx, request, url, path, maxFileSize });
      return await receivePicture({ request, maxFileSize, temporaryPath, fetchTo });
    } finally {
      uploads--;
    }
  };

  return async (request: FastifyRequest, { caller, now }: Admission) => {
    if (!caller.canRemove) throw new RemuvrError('plan_required');
    const picture = await receive(request, caller.maxFileSize);
    return await submitPicture(ctx, settings, { request, picture, caller, now });
  };
}

type Picture = Admission & { readonly request: FastifyRequest; readonly picture: ReceivedPicture };

/** From here on the picture is a job, or it is deleted. */
async function submitPicture(ctx: ServiceContext, settings: IntakeSettings, given: Picture) {
  const { request, picture, caller, now } = given;
  try {
    const parameters = { ...(request.query as Record<string, unknown>), ...picture.fields };
    const asked = parseParameters(removalParameters, parameters);
    checkFiles(picture, asked.background !== undefined, settings.maxPixels);
    const options = {
      format: asked.format,
      output: asked.output,
      quality: asked.quality ?? caller.quality ?? settings.quality,
      minConfidence: asked.min_confidence,
      isHard: false,
      edit: { ...toEditOptions(asked), ...(picture.background && { background: { kind: 'picture' } as const }) },
    };
    const refusal = refuseOptions(options);
    if (refusal) throw new RemuvrError('invalid_parameter', refusal);
    const isAsync = asked.async === 'true' || asked.async === '1' || prefersAsync(request);
    const webhookUrl = readWebhookUrl(ctx, caller, asked.webhook_url, isAsync);
    const paths = { uploadPath: picture.path, backgroundPath: picture.background?.path };
    const body = { paths: [picture.path, picture.background?.path], options, webhookUrl, isTest: caller.isTest };
    const idempotency = await readIdempotency(request, body);
    const accepted = await submitRemoval({ ctx, caller, ...paths, options, webhookUrl, idempotency, now });
    return { accepted, isAsync };
  } finally {
    // What became a job has been moved away.
    await deleteFiles([picture, picture.background]);
  }
}

/** Undefined where there is none; an empty one, as forms send it, is none. */
function readWebhookUrl(
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

/** By their first bytes alone. */
function checkFiles({ head, background }: ReceivedPicture, hasOtherBackground: boolean, maxPixels: number): void {
  if (background && hasOtherBackground) {
    throw new RemuvrError('invalid_parameter', 'Give either "background" or "background_file", not both.');
  }
  refuseUnfit(head, maxPixels);
  const backgroundRefusal = background && decideUpload(background.head, maxPixels);
  if (!backgroundRefusal) return;
  throw new RemuvrError('invalid_background', `For the background: ${backgroundRefusal.message}`);
}

const prefersAsync = (request: FastifyRequest): boolean =>
  /(^|[\s,;])respond-async($|[\s,;])/i.test(String(request.headers.prefer ?? ''));
