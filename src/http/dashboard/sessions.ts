/** DELETE /api/sessions/{id}: the end of one session, by its id, for its token is told to nobody. */
import { RemuvrError } from '../../domain/errors.ts';
import type { ServiceContext } from '../../services/context.ts';
import { endSession } from '../../services/find-member.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';

export function createSessionEnd(ctx: ServiceContext): Handler {
  return async (request, reply) => {
    const { id: sessionId } = request.params as { id: string };
    const isEnded = await endSession({ ctx, person: memberOf(request).person, sessionId });
    if (!isEnded) throw new RemuvrError('not_found', 'There is no such session.');
    return reply.code(204).send();
  };
}
