/** /api/admin: for whoever runs this server. To others none of it is there. */
import type { FastifyRequest } from 'fastify';
import { accountChangeBody, accountsQuery } from '../../contract/dashboard.ts';
import type { LiveWorker } from '../../domain/worker.ts';
import { administerAccount, describeQueue, findAccounts, limitsOf } from '../../services/administer.ts';
import { auditLedger, countFindings } from '../../services/audit-ledger.ts';
import type { ServiceContext } from '../../services/context.ts';
import type { Member } from '../../services/find-member.ts';
import { listWorkers } from '../../services/worker-roster.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';
import { viewAccount } from './plans.ts';
import { parseBody, readBody } from './read-body.ts';

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

/** `name` tells it from others on its machine. */
function viewWorker({ id, host, pid, state, memoryMib, jobMs, startedAt, ...facts }: LiveWorker) {
  const busy = { memoryMib, msPerJob: jobMs === undefined ? null : Math.round(jobMs) };
  return { name: `${host} (${pid})`, ready: state === 'ready', state, ...facts, ...busy, startedAt };
}

/** Each that some worker runs; ready where one of these is. */
function listModels(workers: readonly LiveWorker[]) {
  const models = new Map<string, { name: string; precision: string; workers: number; ready: boolean }>();
  for (const { model: name, precision, state } of workers) {
    const known = models.get(`${name} ${precision}`) ?? { name, precision, workers: 0, ready: false };
    const isReady = known.ready || state === 'ready';
    models.set(`${name} ${precision}`, { ...known, workers: known.workers + 1, ready: isReady });
  }
  return [...models.values()];
}

export function createAdminHandlers(ctx: ServiceContext) {
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
    const [byPlan, workers] = [await describeQueue({ ctx }), await listWorkers({ ctx })];
    return reply.send({ byPlan, workers: workers.map(viewWorker), models: listModels(workers) });
  };
  const audit: Handler = async (_request, reply) => {
    const report = await auditLedger({ ctx });
    return reply.send({ isClean: countFindings(report) === 0, ...report });
  };
  return { accounts, change, queue, audit };
}
