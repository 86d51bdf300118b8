/** GET /api/server and /api/me, POST /api/account/settings: what this server offers, who is signed in, and what they want. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { settingsBody } from '../../contract/dashboard.ts';
import type { ServiceContext } from '../../services/context.ts';
import { describeStanding } from '../../services/describe-billing.ts';
import { needsFirstAccount } from '../../services/find-member.ts';
import { switchUsageAlerts } from '../../services/usage-alerts.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { viewBilling } from './billing.ts';
import { memberOf } from './guards.ts';
import { viewAccount } from './plans.ts';
import { parseBody, readBody } from './read-body.ts';

export type ServerFacts = {
  readonly billing: 'none' | 'stripe';
  readonly mail: 'smtp' | 'log';
  readonly providers: readonly ('google' | 'github')[];
  readonly version: string;
};

export function createServerFacts(ctx: ServiceContext, facts: ServerFacts) {
  return async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    reply.send({ ...facts, needsFirstAccount: await needsFirstAccount({ ctx }) });
}

export function createMe(ctx: ServiceContext, facts: ServerFacts) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { person, account: found } = memberOf(request);
    const { account, billing } = await describeStanding({ ctx, account: found });
    return reply.send({
      user: {
        id: person.id,
        email: person.email,
        name: person.name,
        emailVerified: person.isEmailVerified,
        twoFactorEnabled: person.hasTwoFactor,
        isAdmin: account.isAdmin,
      },
      account: viewAccount(account),
      billing: viewBilling(billing),
      server: facts,
    });
  };
}

export function createAccountSettings(ctx: ServiceContext): Handler {
  return async (request, reply) => {
    const { account } = memberOf(request);
    const { usageAlerts: isOn } = parseParameters(settingsBody, parseBody(await readBody(request)));
    return reply.send({ account: viewAccount(await switchUsageAlerts({ ctx, account, isOn })) });
  };
}
