/** GET /api/plans and POST /api/plan: what there is to choose, and the choice. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { planBody } from '../../contract/dashboard.ts';
import { PLAN_NAMES, PLANS } from '../../domain/plan.ts';
import { changePlan } from '../../services/change-plan.ts';
import type { ServiceContext } from '../../services/context.ts';
import type { Member } from '../../services/find-member.ts';
import { parseParameters } from '../parse-parameters.ts';
import { memberOf } from './guards.ts';
import { parseBody, readBody } from './read-body.ts';

export const viewAccount = ({ id, name, plan, nextPlan, planChangesAt }: Member['account']) => ({
  id,
  name,
  plan,
  nextPlan,
  planChangesAt: planChangesAt?.toISOString() ?? null,
});

export async function answerPlans(_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const plans = PLAN_NAMES.map((name) => {
    const { title, price, monthlyRemovals, requestsPerSecond, maxFileSize, priority, features } = PLANS[name];
    return { name, title, price, monthlyRemovals, requestsPerSecond, maxFileSize, priority, features };
  });
  return reply.send({ plans });
}

export function createPlanChange(ctx: ServiceContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { account } = memberOf(request);
    const { plan } = parseParameters(planBody, parseBody(await readBody(request)));
    return reply.send({ account: viewAccount(await changePlan({ ctx, accountId: account.id, plan })) });
  };
}
