/** /api/admin: for whoever runs this server. To others none of it is there. */
import type { FastifyRequest } from 'fastify';
import { accountChangeBody, accountsQuery } from '../../contract/dashboard.ts';
import { administerAccount, describeQueue, findAccounts, limitsOf } from '../../services/administer.ts';
import { auditLedger, countFindings } from '../../services/audit-ledger.ts';
import type { ServiceContext } from '../../services/context.ts';
import type { Member } from '../../services/find-member.ts';
import type { ReadinessChecks } from '../health.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';
import { viewAccount } from './plans.ts';
import { parseBody, readBody } from './read-body.ts';

/** The worker in this very process, where it has one. */
export type WorkerFacts = { readonly model: string; readonly precision: string; readonly capacity: number };

export type AdminParts = { readonly checks: ReadinessChecks; readonly worker: WorkerFacts | undefined };

function viewForAdmin(ctx: ServiceContext, account: Member['account']) {
  const { monthlyRemovals, requestsPerSecond, maxFileSize } = limitsOf(ctx, account);
  return {
    ...viewAccount(account),
    limits: { monthlyRemovals, requestsPerSecond, maxFileSize },
    suspended: account.isSuspended,
    isAdmin: account.isAdmin,
    createdAt: account.createdAt.toISOString(),
  };
}

export function createAdminHandlers(ctx: ServiceContext, { checks, worker }: AdminParts) {
  const accounts: Handler = async (request, reply) => {
    const { search } = parseParameters(accountsQuery, request.query);
    const found = await findAccounts({ ctx, search });
    const views = found.map((account) => ({ ...viewForAdmin(ctx, account), email: account.email, used: account.used }));
    return reply.send({ accounts: views });
  };
  const change: Handler = async (request: FastifyRequest, reply) => {
    const { id: accountId } = request.params as { id: string };
    const { plan, limits, suspended } = parseParameters(accountChangeBody, parseBody(await readBody(request)));
    const { account: admin } = memberOf(request);
    const wanted = { plan, limits, isSuspended: suspended };
    const changed = await administerAccount({ ctx, admin, accountId, change: wanted });
    return reply.send({ account: viewForAdmin(ctx, changed) });
  };
  const queue: Handler = async (_request, reply) => {
    const byPlan = await describeQueue({ ctx });
    const isReady = (await checks.model?.().then(
      () => true,
      () => false,
    )) as boolean | undefined;
    return reply.send({
      byPlan,
      workers: worker ? [{ name: 'this server', capacity: worker.capacity, ready: isReady === true }] : [],
      models: worker ? [{ name: worker.model, precision: worker.precision, ready: isReady === true }] : [],
    });
  };
  const audit: Handler = async (_request, reply) => {
    const report = await auditLedger({ ctx });
    return reply.send({ isClean: countFindings(report) === 0, ...report });
  };
  return { accounts, change, queue, audit };
}
