/** GET /v1.0/account: what is left of the month, as credits of a subscription. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceContext } from '../../../services/context.ts';
import { describeUsage } from '../../../services/describe-usage.ts';
import { admissionOf } from '../../authenticate.ts';

export function createRemovebgAccount(ctx: ServiceContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { remaining } = await describeUsage({ ctx, ...admissionOf(request) });
    const credits = { total: remaining, subscription: remaining, payg: 0, enterprise: 0 };
    // Previews are charged like any other size, so none is free.
    const attributes = { credits, api: { free_calls: 0, sizes: 'all' } };
    return reply.header('Cache-Control', 'no-store').send({ data: { attributes } });
  };
}
