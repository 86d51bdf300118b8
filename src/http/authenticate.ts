/** Key first, then the bucket of this second: both before a byte of the body is read. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuseKeyUse } from '../domain/api-key.ts';
import { RemuvrError } from '../domain/errors.ts';
import { admitRequest, type RateState } from '../services/admit-request.ts';
import { authenticateCaller, type Caller } from '../services/authenticate-caller.ts';
import type { ServiceContext } from '../services/context.ts';

/** What a request knows of its caller once it was let in. `now` is the database's clock. */
export type Admission = { readonly caller: Caller; readonly now: Date };

const admissions = new WeakMap<FastifyRequest, Admission>();

/** Of a request whose route asks for a key. */
export function admissionOf(request: FastifyRequest): Admission {
  const admission = admissions.get(request);
  if (!admission) throw new Error('a route that reads its caller was registered without a key');
  return admission;
}

/** `findGuest`: who calls where no key is presented, if that is allowed. A bad key is refused all the same. */
export function createAuthentication(ctx: ServiceContext, findGuest?: () => Promise<Caller>) {
  const admit = async (request: FastifyRequest) => {
    const key = presentedKey(request);
    const caller = key === undefined && findGuest ? await findGuest() : await authenticateCaller({ ctx, key });
    return { caller, rate: await admitRequest({ ctx, caller, sender: request.ip }) };
  };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { caller, rate } = await ctx.traces.step('authenticate', {}, () => admit(request));
    setRateHeaders(reply, rate, caller);
    const { isAllowed, retryAfterSeconds } = rate;
    if (!isAllowed) throw new RemuvrError('rate_limit_exceeded', undefined, { retryAfterSeconds });
    refuseUnfitCaller(request, caller);
    admissions.set(request, { caller, now: new Date(rate.nowMs) });
  };
}

/** Where pages may send pictures: the one route, by both of its addresses. Clients of other dialects are programs. */
const PAGE_REMOVALS = ['/remove', '/v1/remove'];

function refuseUnfitCaller(request: FastifyRequest, caller: Caller): void {
  if (caller.isSuspended) throw new RemuvrError('account_suspended');
  const isRemoval = PAGE_REMOVALS.includes(request.routeOptions.url ?? '');
  const refusal = refuseKeyUse(caller.kind, caller.origins, { origin: request.headers.origin, isRemoval });
  if (refusal !== undefined) throw new RemuvrError('key_restricted', refusal);
}

function presentedKey(request: FastifyRequest): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  const header = request.headers['x-api-key'];
  return bearer ?? (typeof header === 'string' ? header.trim() : undefined);
}

/** The month in the policy is the longest one: a policy's window is a fixed number of seconds. */
const MONTH_SECONDS = 31 * 86_400;

/** X-RateLimit-* as the field is used to it, RateLimit as draft-ietf-httpapi-ratelimit-headers-10 writes it. */
function setRateHeaders(reply: FastifyReply, rate: RateState, caller: Caller): void {
  const secondsLeft = Math.max(0, Math.ceil((rate.resetAtMs - rate.nowMs) / 1000));
  reply.headers({
    'X-RateLimit-Limit': String(rate.limit),
    'X-RateLimit-Remaining': String(rate.remaining),
    'X-RateLimit-Reset': String(Math.ceil(rate.resetAtMs / 1000)),
    RateLimit: `"second";r=${rate.remaining};t=${secondsLeft}`,
    'RateLimit-Policy': `"second";q=${rate.limit};w=1, "month";q=${caller.limits.monthlyRemovals};w=${MONTH_SECONDS}`,
  });
}
