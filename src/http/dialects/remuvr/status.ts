/** GET /v1/status/:id: a job as it is now, or as it is when it has ended. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { statusParameters } from '../../../contract/schemas.ts';
import { RemuvrError } from '../../../domain/errors.ts';
import { isUuid } from '../../../domain/id.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { findPlace } from '../../../services/find-place.ts';
import { waitForJob } from '../../../services/wait-for-job.ts';
import { admissionOf } from '../../authenticate.ts';
import { abortOnHangUp } from '../../hang-up.ts';
import { parseParameters } from '../../parse-parameters.ts';
import { viewJob } from './job-view.ts';
import type { RemoveSettings } from './remove.ts';

export function createStatus(ctx: ServiceContext, settings: RemoveSettings) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { caller } = admissionOf(request);
    const { id } = request.params as { id: string };
    const { wait } = parseParameters(statusParameters, request.query);
    // Unknown, malformed and another account's: the same answer.
    if (!isUuid(id)) throw new RemuvrError('not_found', 'There is no such job.');
    const job = await waitForJob({
      ctx,
      accountId: caller.accountId,
      jobId: id,
      timeoutMs: Number(wait ?? 0) * 1000,
      signal: abortOnHangUp(reply, settings.stopping),
    });
    if (!job) throw new RemuvrError('not_found', 'There is no such job.');
    const place = await findPlace({ ctx, job });
    return reply.header('Cache-Control', 'no-store').send({ status: 'success', job: viewJob(job, settings, place) });
  };
}
