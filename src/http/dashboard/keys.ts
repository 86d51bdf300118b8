/** /api/keys: the keys of whoever is signed in. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { newKeyBody, rotationBody } from '../../contract/dashboard.ts';
import type { ServiceContext } from '../../services/context.ts';
import {
  createMemberKey,
  listMemberKeys,
  type MemberKey,
  revokeMemberKey,
  rotateMemberKey,
} from '../../services/member-keys.ts';
import { parseParameters } from '../parse-parameters.ts';
import type { Handler } from '../routes.ts';
import { memberOf } from './guards.ts';
import { parseBody, readBody } from './read-body.ts';

const viewKey = (key: MemberKey) => ({
  id: key.id,
  name: key.name,
  kind: key.kind,
  masked: key.masked,
  createdAt: key.createdAt.toISOString(),
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  expiresAt: key.expiresAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
  requestsThisMonth: key.requestsThisMonth,
  quality: key.quality,
  limits: key.overrides,
  origins: key.origins,
});

const keyIdOf = (request: FastifyRequest): string => (request.params as { id: string }).id;

export function createKeyHandlers(ctx: ServiceContext) {
  const list: Handler = async (request, reply) => {
    const keys = await listMemberKeys({ ctx, account: memberOf(request).account });
    return reply.send({ keys: keys.map(viewKey) });
  };
  const create: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    const { expiresAt, ...given } = parseParameters(newKeyBody, parseBody(await readBody(request)));
    const moment = expiresAt === null ? null : new Date(expiresAt);
    return answerKey(reply, await createMemberKey({ ctx, account, given: { ...given, expiresAt: moment } }));
  };
  const rotate: Handler = async (request, reply) => {
    const { account } = memberOf(request);
    const { overlapHours } = parseParameters(rotationBody, parseBody(await readBody(request)));
    return answerKey(reply, await rotateMemberKey({ ctx, account, keyId: keyIdOf(request), overlapHours }));
  };
  const revoke: Handler = async (request, reply) => {
    await revokeMemberKey({ ctx, account: memberOf(request).account, keyId: keyIdOf(request) });
    return reply.code(204).send();
  };
  return { list, create, rotate, revoke };
}

const answerKey = (reply: FastifyReply, { key, keyId }: { key: string; keyId: string }): FastifyReply =>
  reply.code(201).send({ id: keyId, key });
