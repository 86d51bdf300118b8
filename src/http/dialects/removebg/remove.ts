/** POST /v1.0/removebg and POST /v1.0/improve. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RemuvrError } from '../../../domain/errors.ts';
import type { Quality } from '../../../domain/removal-options.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { submitRemoval } from '../../../services/submit-removal.ts';
import { admissionOf } from '../../authenticate.ts';
import { deleteFiles } from '../../delete-files.ts';
import { readIdempotency } from '../../idempotency.ts';
import { type BodyReceiver, createBodyReceiver } from '../../receive-body.ts';
import type { Handler, Route } from '../../routes.ts';
import type { UploadGate } from '../../upload-gate.ts';
import { nameJob, type WaitSettings, waitForAnswer } from '../../wait-for-answer.ts';
import { createRemovebgAccount } from './account.ts';
import { answerRemovebg } from './answer.ts';
import { parseRemovebg } from './parameters.ts';
import { type TakenPictures, takePictures } from './take-pictures.ts';

export type RemovebgSettings = WaitSettings & { readonly maxPixels: number; readonly quality: Quality };

export function listRemovebgRoutes(ctx: ServiceContext, settings: RemovebgSettings, gate: UploadGate): Route[] {
  const receiveBody = createBodyReceiver();
  const take = createTaking(ctx, settings, receiveBody, gate);
  return [
    {
      method: 'POST',
      path: '/v1.0/removebg',
      access: 'key',
      handler: createRemovebg(ctx, settings, take),
    },
    { method: 'POST', path: '/v1.0/improve', access: 'key', handler: createImprove(take) },
    { method: 'GET', path: '/v1.0/account', access: 'key', handler: createRemovebgAccount(ctx) },
  ];
}

type Take = (request: FastifyRequest) => Promise<TakenPictures>;

function createTaking(
  ctx: ServiceContext,
  { maxPixels }: RemovebgSettings,
  receiveBody: BodyReceiver,
  gate: UploadGate,
): Take {
  return (request) => {
    const { maxFileSize } = admissionOf(request).caller;
    const taking = { ctx, request, receiveBody, maxFileSize, maxPixels };
    return gate(() => ctx.traces.step('receive', {}, () => takePictures(taking)));
  };
}

function createRemovebg(ctx: ServiceContext, settings: RemovebgSettings, take: Take): Handler {
  return async (request, reply) => {
    const { accepted, head, type } = await submit(ctx, settings, take, request);
    nameJob(reply, accepted);
    const job = await waitForAnswer(ctx, settings, reply, accepted);
    if (job.status !== 'processing') return await answerRemovebg({ ctx, request, reply, job, head, type });
    // Their clients know no answer but the picture; the work is not lost for those who follow the link.
    throw new RemuvrError('overloaded', `The image is still being processed; its job is ${accepted.id}.`, {
      retryAfterSeconds: 5,
    });
  };
}

async function submit(ctx: ServiceContext, { quality }: RemovebgSettings, take: Take, request: FastifyRequest) {
  const { caller, now } = admissionOf(request);
  if (!caller.canRemove) throw new RemuvrError('plan_required');
  const { fields, picture, background } = await take(request);
  try {
    const order = parseRemovebg(fields, background !== undefined);
    const options = { ...order.options, quality: caller.quality ?? quality };
    const paths = { uploadPath: picture.path, backgroundPath: background?.path };
    const body = { paths: [picture.path, background?.path], options, isTest: caller.isTest };
    const idempotency = await readIdempotency(request, body);
    const accepted = await submitRemoval({ ctx, caller, ...paths, options, idempotency, now });
    return { accepted, head: picture.head, type: order.type };
  } finally {
    // What became a job has been moved away.
    await deleteFiles([picture, background]);
  }
}

/** There is no programme to learn from strangers' pictures here: what is sent is looked at and deleted. */
function createImprove(take: Take): Handler {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { picture, background } = await take(request);
    await deleteFiles([picture, background]);
    return reply.send({ data: { id: randomUUID() } });
  };
}
