/** Takes the picture of a request, of the API or of the playground, and makes it a job. */
import { rm } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import { removalParameters } from '../contract/schemas.ts';
import { NO_EDITS } from '../domain/edit-options.ts';
import { RemuvrError } from '../domain/errors.ts';
import type { Quality } from '../domain/removal-options.ts';
import { decideUpload } from '../domain/upload.ts';
import type { ServiceContext } from '../services/context.ts';
import { submitRemoval } from '../services/submit-removal.ts';
import type { Admission } from './authenticate.ts';
import { parseParameters } from './parse-parameters.ts';
import { type ReceivedPicture, receivePicture } from './receive-picture.ts';

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
      return await receivePicture({ request, maxFileSize, temporaryPath: () => ctx.storage.temporaryPath() });
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
    const refusal = decideUpload(picture.head, settings.maxPixels);
    if (refusal) throw new RemuvrError(refusal.code, refusal.message);
    const options = {
      format: asked.format,
      output: asked.output,
      quality: asked.quality ?? caller.quality ?? settings.quality,
      minConfidence: asked.min_confidence,
      edit: NO_EDITS,
    };
    const accepted = await submitRemoval({ ctx, caller, uploadPath: picture.path, options, now });
    return { accepted, isAsync: asked.async === 'true' || asked.async === '1' || prefersAsync(request) };
  } catch (error) {
    await rm(picture.path, { force: true });
    throw error;
  }
}

const prefersAsync = (request: FastifyRequest): boolean =>
  /(^|[\s,;])respond-async($|[\s,;])/i.test(String(request.headers.prefer ?? ''));
