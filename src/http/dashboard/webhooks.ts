/** /api/webhooks and what belongs to them: who was told of what, by which secret, and a message to try it with. */
import type { FastifyRequest } from 'fastify';
import { deliveriesQuery, rotationBody, testWebhookBody } from '../../contract/dashboard.ts';
import { ATTEMPT_ERRORS, type AttemptError } from '../../domain/webhook.ts';
import type { ServiceContext } from '../../services/context.ts';
import {
  type LoggedDelivery,
  listMemberDeliveries,
  resendDelivery,
  sendTestWebhook,
} from '../../services/member-webhooks.ts';
import { describeWebhookSecrets, rotateWebhookSecret } from '../../services/webhook-secrets.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';
import { parseBody, readBody } from './read-body.ts';

const deliveryIdOf = (request: FastifyRequest): string => (request.params as { id: string }).id;

export function createWebhookHandlers(ctx: ServiceContext) {
  const list: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    const { status, cursor, limit } = parseParameters(deliveriesQuery, request.query);
    const found = await listMemberDeliveries({ ctx, account, status, cursor, limit: Number(limit) });
    return reply.send({ ...found, deliveries: found.deliveries.map(viewDelivery) });
  };
  const resend: Handler = async (request, reply) => {
    await resendDelivery({ ctx, account: memberOf(request).account, id: deliveryIdOf(request) });
    return reply.code(204).send();
  };
  const test: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    const { url } = parseParameters(testWebhookBody, parseBody(await readBody(request)));
    return reply.code(201).send({ id: await sendTestWebhook({ ctx, account, url }) });
  };
  const secrets: Handler = async (request, reply) => {
    const known = await describeWebhookSecrets({ ctx, accountId: memberOf(request).account.id });
    return reply.send({
      secrets: known.map(({ id, createdAt, expiresAt }) => ({
        id,
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt?.toISOString() ?? null,
      })),
    });
  };
  const rotate: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    const { overlapHours } = parseParameters(rotationBody, parseBody(await readBody(request)));
    return reply.code(201).send({ secret: await rotateWebhookSecret({ ctx, accountId: account.id, overlapHours }) });
  };
  return { list, resend, test, secrets, rotate };
}

function viewDelivery({ log, isUnderWay, ...delivery }: LoggedDelivery) {
  return {
    id: delivery.id,
    event: delivery.event,
    jobId: delivery.job_id,
    url: delivery.url,
    status: delivery.status,
    createdAt: delivery.created_at.toISOString(),
    nextTryAt: isUnderWay ? null : (delivery.next_try_at?.toISOString() ?? null),
    attempts: log.map(({ number, started_at: startedAt, duration_ms: durationMs, http_status: status, error }) => ({
      number,
      startedAt: startedAt.toISOString(),
      durationMs,
      status,
      error: viewError(durationMs === null && !(isUnderWay && number === log.length) ? 'interrupted' : error),
    })),
  };
}

const viewError = (code: AttemptError | null) => code && { code, message: ATTEMPT_ERRORS[code] };
