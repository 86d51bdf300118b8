/** GET /api/plans and POST /api/plan: what there is to choose, and the choice. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { planBody } from '../../contract/dashboard.ts';
import type { ServiceContext } from '../../services/context.ts';
import type { Member } from '../../services/find-member.ts';
import { switchPlan } from '../../services/switch-plan.ts';
import { parseParameters } from '../parse-parameters.ts';
import { memberOf } from './guards.ts';
import { parseBody, readBody } from './read-body.ts';

export const viewAccount = ({ id, name, plan, nextPlan, planChangesAt, hasUsageAlerts }: Member['account']) => ({
  id,
  name,
  plan,
  nextPlan,
  planChangesAt: planChangesAt?.toISOString() ?? null,
  usageAlerts: hasUsageAlerts,
});

export function createPlanList({ plans }: ServiceContext) {
  const offered = [...plans].filter(([, plan]) => !plan.isHidden);
  // What the queue and Stripe are told of a plan is nobody's else.
  const views = offered.map(([name, { turns: _, stripePrice: __, isHidden: ___, ...plan }]) => ({ name, ...plan }));
  return async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => reply.send({ plans: views });
}

export function createPlanChange(ctx: ServiceContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { account } = memberOf(request);
    const { plan } = parseParameters(planBody, parseBody(await readBody(request)));
    const { account: changed, paymentUrl } = await switchPlan({ ctx, account, plan });
    return reply.send({ account: viewAccount(changed), paymentUrl: paymentUrl ?? null });
  };
}
