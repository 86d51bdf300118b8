/** GET /v1/auth and GET /v1/usage: whether the key is good, and what is left of the month. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatReset } from '../../../contract/times.ts';
import type { ServiceContext } from '../../../services/context.ts';
import { describeUsage } from '../../../services/describe-usage.ts';
import { admissionOf } from '../../authenticate.ts';

export function createAuth(ctx: ServiceContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const usage = await describeUsage({ ctx, ...admissionOf(request) });
    return reply.header('Cache-Control', 'no-store').send({
      status: 'success',
      message: 'API key is valid',
      plan: usage.plan,
      requestsRemaining: usage.remaining,
      resetDate: formatReset(usage.resetsAt),
    });
  };
}

export function createUsage(ctx: ServiceContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { plan, total, remaining, resetsAt, limits } = await describeUsage({ ctx, ...admissionOf(request) });
    return reply.header('Cache-Control', 'no-store').send({
      status: 'success',
      usage: {
        plan,
        totalRequests: total,
        remainingRequests: remaining,
        resetDate: formatReset(resetsAt),
        limits: { maxFileSize: limits.maxFileSize, requestsPerSecond: limits.requestsPerSecond },
      },
    });
  };
}
