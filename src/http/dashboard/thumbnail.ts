/** GET /api/jobs/{id}/thumbnail: a result as a list shows it. */
import { RemuvrError } from '../../domain/errors.ts';
import type { ServiceContext } from '../../services/context.ts';
import { readThumbnail } from '../../services/member-jobs.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';

export function createThumbnail(ctx: ServiceContext): Handler {
  return async (request, reply) => {
    const { id: jobId } = request.params as { id: string };
    const found = await readThumbnail({ ctx, account: memberOf(request).account, jobId });
    if (!found) throw new RemuvrError('not_found', 'There is no thumbnail of such a job.');
    // It never changes, and goes with its result.
    reply.header('Cache-Control', `private, max-age=${found.secondsLeft}, immutable`);
    return reply.type('image/webp').send(found.bytes);
  };
}
