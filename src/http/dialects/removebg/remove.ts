/** POST /v1.0/removebg and POST /v1.0/improve. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RemuvrError } from '../../../domain/errors.ts';
import type { Quality } from '../../../domain/removal-options.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { submitRemoval } from '../../../services/submit-removal.ts';
import { type Admission, admissionOf } from '../../authenticate.ts';
import { deleteFiles } from '../../delete-files.ts';
import { type BodyReceiver, createBodyReceiver } from '../../receive-body.ts';
import type { Handler, Route } from '../../routes.ts';
import { nameJob, type WaitSettings, waitForAnswer } from '../../wait-for-answer.ts';
import { createRemovebgAccount } from './account.ts';
import { answerRemovebg } from './answer.ts';
import { parseRemovebg } from './parameters.ts';
import { takePictures } from './take-pictures.ts';

export type RemovebgSettings = WaitSettings & { readonly maxPixels: number; readonly quality: Quality };

export function listRemovebgRoutes(ctx: ServiceContext, settings: RemovebgSettings): Route[] {
  const receiveBody = createBodyReceiver();
  return [
    {
      method: 'POST',
      path: '/v1.0/removebg',
      access: 'key',
      handler: createRemovebg(ctx, settings, receiveBody),
    },
    { method: 'POST', path: '/v1.0/improve', access: 'key', handler: createImprove(ctx, settings, receiveBody) },
    { method: 'GET', path: '/v1.0/account', access: 'key', handler: createRemovebgAccount(ctx) },
  ];
}

function createRemovebg(ctx: ServiceContext, settings: RemovebgSettings, receiveBody: BodyReceiver): Handler {
  return async (request, reply) => {
    const admission = admissionOf(request);
    const { accepted, head, type } = await submit(ctx, settings, receiveBody, request, admission);
    nameJob(reply, accepted);
    const job = await waitForAnswer(ctx, settings, reply, accepted);
    if (job.status !== 'processing') return await answerRemovebg({ ctx, request, reply, job, head, type });
    // Their clients know no answer but the picture; the work is not lost for those who follow the link.
    throw new RemuvrError('overloaded', `The image is still being processed; its job is ${accepted.id}.`, {
      retryAfterSeconds: 5,
    });
  };
}

async function submit(
  ctx: ServiceContext,
  settings: RemovebgSettings,
  receiveBody: BodyReceiver,
  request: FastifyRequest,
  { caller, now }: Admission,
) {
  if (!caller.canRemove) throw new RemuvrError('plan_required');
  const { maxPixels, quality } = settings;
  const { maxFileSize } = caller;
  const taken = await takePictures({ ctx, request, receiveBody, maxFileSize, maxPixels });
  const { fields, picture, background } = taken;
  try {
    const order = parseRemovebg(fields, background !== undefined);
    const options = { ...order.options, quality: caller.quality ?? quality };
    const paths = { uploadPath: picture.path, backgroundPath: background?.path };
    const accepted = await submitRemoval({ ctx, caller, ...paths, options, now });
    return { accepted, head: picture.head, type: order.type };
  } catch (error) {
    await deleteFiles([picture, background]);
    throw error;
  }
}

/** There is no programme to learn from strangers' pictures here: what is sent is looked at and deleted. */
function createImprove(ctx: ServiceContext, { maxPixels }: RemovebgSettings, receiveBody: BodyReceiver): Handler {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { maxFileSize } = admissionOf(request).caller;
    const { picture, background } = await takePictures({ ctx, request, receiveBody, maxFileSize, maxPixels });
    await deleteFiles([picture, background]);
    return reply.send({ data: { id: randomUUID() } });
  };
}
