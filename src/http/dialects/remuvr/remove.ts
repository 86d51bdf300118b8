/** POST /remove and /v1/remove: a picture in, its cutout out, or the job that will make it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceContext } from '../../../services/context.ts';
import type { PictureIntake } from '../../accept-picture.ts';
import { admissionOf } from '../../authenticate.ts';
import { nameJob, type WaitSettings, waitForAnswer } from '../../wait-for-answer.ts';
import { type JobViewSettings, viewJob } from './job-view.ts';
import { answerRemoval } from './removal-answer.ts';

export type RemoveSettings = JobViewSettings & WaitSettings;

const POLL_SECONDS = 1;

export function createRemove(ctx: ServiceContext, settings: RemoveSettings, takePicture: PictureIntake) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { accepted, isAsync } = await takePicture(request, admissionOf(request));
    nameJob(reply, accepted);
    if (!isAsync) {
      const job = await waitForAnswer(ctx, settings, reply, accepted);
      if (job.status !== 'processing') return await answerRemoval({ ctx, request, reply, job, settings });
    }
    return reply
      .code(202)
      .header('Location', `/v1/status/${accepted.id}`)
      .header('Retry-After', String(POLL_SECONDS))
      .send({ status: 'success', job: viewJob(accepted, settings) });
  };
}
