/** /api/billing: the ways to the pages of whoever collects the money. */
import { planBody } from '../../contract/dashboard.ts';
import type { ServiceContext } from '../../services/context.ts';
import type { BillingSummary } from '../../services/describe-billing.ts';
import { openPortal, startCheckout } from '../../services/pay-for-plan.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';
import { parseBody, readBody } from './read-body.ts';

export const viewBilling = (billing: BillingSummary | undefined) =>
  billing === undefined
    ? null
    : {
        state: billing.state,
        graceEndsAt: billing.graceEndsAt?.toISOString() ?? null,
        renewsAt: billing.renewsAt?.toISOString() ?? null,
        hasPortal: billing.hasPortal,
      };

export function createBillingHandlers(ctx: ServiceContext, publicUrl: () => string) {
  const checkout: Handler = async (request, reply) => {
    const { account, person } = memberOf(request);
    const { plan } = parseParameters(planBody, parseBody(await readBody(request)));
    const page = `${publicUrl()}/plan`;
    const pages = { doneUrl: `${page}?checkout=done`, leftUrl: `${page}?checkout=left` };
    return reply.send({ url: await startCheckout({ ctx, account, email: person.email, plan, ...pages }) });
  };
  const portal: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    return reply.send({ url: await openPortal({ ctx, account, returnUrl: `${publicUrl()}/plan` }) });
  };
  return { checkout, portal };
}
