/** GET /api/server and /api/me: what this server offers, and who is signed in. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceContext } from '../../services/context.ts';
import { describeBilling } from '../../services/describe-billing.ts';
import { needsFirstAccount } from '../../services/find-member.ts';
import { viewBilling } from './billing.ts';
import { memberOf } from './guards.ts';
import { viewAccount } from './plans.ts';

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
    const { person, account } = memberOf(request);
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
      billing: viewBilling(await describeBilling({ ctx, accountId: account.id })),
      server: facts,
    });
  };
}
