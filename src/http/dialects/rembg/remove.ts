/** GET and POST /api/remove, as rembg's own server answers them: a PNG, or an error of ours. */
import type { FastifyRequest } from 'fastify';
import { RemuvrError } from '../../../domain/errors.ts';
import type { Quality } from '../../../domain/removal-options.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { submitRemoval } from '../../../services/submit-removal.ts';
import { admissionOf } from '../../authenticate.ts';
import { REMBG_PATH } from '../../dashboard/paths.ts';
import { deleteFiles } from '../../delete-files.ts';
import { fetchSource } from '../../fetch-source.ts';
import { readIdempotency } from '../../idempotency.ts';
import { type BodyReceiver, createBodyReceiver, type ReceivedBody } from '../../receive-body.ts';
import { type ReceivedFile, refuseUnfit } from '../../receive-picture.ts';
import type { Handler, Route } from '../../routes.ts';
import type { UploadGate } from '../../upload-gate.ts';
import { nameJob, type WaitSettings, waitForAnswer } from '../../wait-for-answer.ts';
import { answerRemoval } from '../remuvr/removal-answer.ts';
import { parseRembg, type RembgFields } from './parameters.ts';

export type RembgSettings = WaitSettings & {
  readonly maxPixels: number;
  readonly quality: Quality;
  readonly cdnUrl: () => string;
  readonly timeZone: string;
};

export function listRembgRoutes(ctx: ServiceContext, settings: RembgSettings, gate: UploadGate): Route[] {
  const handler = createRembg(ctx, settings, createTaking(ctx, createBodyReceiver(), gate));
  return [
    { method: 'GET', path: REMBG_PATH, access: 'guest', handler },
    { method: 'POST', path: REMBG_PATH, access: 'guest', handler },
  ];
}

function createRembg(ctx: ServiceContext, settings: RembgSettings, take: Take): Handler {
  return async (request, reply) => {
    const accepted = await submit(ctx, settings, take, request);
    nameJob(reply, accepted);
    const job = await waitForAnswer(ctx, settings, reply, accepted);
    // Of a client of theirs any Accept is good: it gets the picture.
    if (job.status !== 'processing')
      return await answerRemoval({ ctx, request, reply, job, settings, isPicture: true });
    throw new RemuvrError('overloaded', `The picture is still being processed; its job is ${accepted.id}.`, {
      retryAfterSeconds: 5,
    });
  };
}

type Take = (
  request: FastifyRequest,
) => Promise<{ readonly fields: ReceivedBody['fields']; readonly picture: ReceivedFile }>;

function createTaking(ctx: ServiceContext, receiveBody: BodyReceiver, gate: UploadGate): Take {
  const temporaryPath = (): Promise<string> => ctx.storage.temporaryPath();
  return (request) =>
    gate(async () => {
      const { maxFileSize } = admissionOf(request).caller;
      const reception = { request, maxFileSize, fileFields: ['file'], temporaryPath };
      const body = await ctx.traces.step('receive', {}, () => receiveBody(reception));
      const fields = { ...readQuery(request), ...body.fields };
      return { fields, picture: body.files.file ?? (await fetchPicture(ctx, request, fields, maxFileSize)) };
    });
}

async function submit(ctx: ServiceContext, settings: RembgSettings, take: Take, request: FastifyRequest) {
  const { caller, now } = admissionOf(request);
  if (!caller.canRemove) throw new RemuvrError('plan_required');
  const { fields, picture } = await take(request);
  try {
    refuseUnfit(picture.head, settings.maxPixels);
    const options = parseRembg(fields, caller.quality ?? settings.quality);
    const idempotency = await readIdempotency(request, { paths: [picture.path], options, isTest: caller.isTest });
    return await submitRemoval({ ctx, caller, uploadPath: picture.path, options, idempotency, now });
  } finally {
    // What became a job has been moved away.
    await deleteFiles([picture]);
  }
}

/** Clients send a parameter in the form or in the query, and some in both; the form's counts. */
function readQuery({ query }: FastifyRequest): ReceivedBody['fields'] {
  const given = Object.entries(query as Record<string, string | string[]>);
  return Object.fromEntries(given.map(([name, value]) => [name, Array.isArray(value) ? (value.at(-1) ?? '') : value]));
}

async function fetchPicture(
  ctx: ServiceContext,
  request: FastifyRequest,
  { url }: RembgFields,
  maxFileSize: number,
): Promise<ReceivedFile> {
  if (!url) throw new RemuvrError('missing_file', 'Send a picture as the field "file", or its address as "url".');
  const path = await ctx.storage.temporaryPath();
  return { path, head: await fetchSource({ ctx, request, url, path, maxFileSize }) };
}
