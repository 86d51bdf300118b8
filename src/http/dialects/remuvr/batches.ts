/** Batches: many pictures in one request, asked for together, and their results in one archive. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { batchStatus, countItems, itemStatus } from '../../../domain/batch.ts';
import { RemuvrError } from '../../../domain/errors.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { endBatch } from '../../../services/end-batch.ts';
import { readBatch } from '../../../services/find-batch.ts';
import { admissionOf } from '../../authenticate.ts';
import { type BatchSettings, createBatchIntake } from '../../batches/accept-batch.ts';
import { type BatchViewSettings, viewBatch } from '../../batches/batch-view.ts';
import { packBatch } from '../../batches/batch-zip.ts';
import type { Handler, Route } from '../../routes.ts';
import type { UploadGate } from '../../upload-gate.ts';

const POLL_SECONDS = 2;

export function listBatchRoutes(
  ctx: ServiceContext,
  settings: BatchSettings & BatchViewSettings,
  gate: UploadGate,
): Route[] {
  const read = (request: FastifyRequest) => readBatch(questionOf(ctx, request));
  const create = createBatch(ctx, settings, gate);
  const show: Handler = async (request, reply) =>
    reply.send({ status: 'success', batch: viewBatch(await read(request), settings) });
  return [
    { method: 'POST', path: '/v1/batches', access: 'key', handler: create },
    { method: 'GET', path: '/v1/batches/:id', access: 'key', handler: show },
    { method: 'DELETE', path: '/v1/batches/:id', access: 'key', handler: createDeletion(ctx) },
    {
      method: 'POST',
      path: '/v1/batches/:id/cancel',
      access: 'key',
      handler: async (request, reply) => {
        await endBatch(questionOf(ctx, request));
        return await show(request, reply);
      },
    },
    { method: 'GET', path: '/v1/batches/:id/zip', access: 'key', handler: createZip(ctx) },
  ];
}

function questionOf(ctx: ServiceContext, request: FastifyRequest) {
  const { id: batchId } = request.params as { id: string };
  return { ctx, accountId: admissionOf(request).caller.accountId, batchId };
}

function createBatch(ctx: ServiceContext, settings: BatchSettings & BatchViewSettings, gate: UploadGate): Handler {
  const takeBatch = createBatchIntake(ctx, settings, gate);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { id: batchId, accountId } = await takeBatch(request);
    const batch = viewBatch(await readBatch({ ctx, accountId, batchId }), settings);
    return reply
      .code(202)
      .header('Location', `/v1/batches/${batchId}`)
      .header('Retry-After', String(POLL_SECONDS))
      .send({ status: 'success', batch });
  };
}

function createDeletion(ctx: ServiceContext): Handler {
  return async (request, reply) => {
    await endBatch(questionOf(ctx, request), { isDeleted: true });
    return reply.code(204).send();
  };
}

function createZip(ctx: ServiceContext): Handler {
  return async (request, reply) => {
    const { batch, items } = await readBatch(questionOf(ctx, request));
    if (batchStatus(countItems(items.map(({ job }) => itemStatus(job))), false) === 'processing') {
      throw new RemuvrError('batch_unfinished', undefined, { retryAfterSeconds: POLL_SECONDS });
    }
    reply.type('application/zip').header('Content-Disposition', `attachment; filename="batch-${batch.id}.zip"`);
    reply.header('Cache-Control', 'private, no-store');
    return reply.send(Readable.from(request.method === 'HEAD' ? [] : packBatch(ctx.storage, items)));
  };
}
