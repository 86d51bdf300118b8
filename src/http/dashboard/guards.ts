/** Who may use the dashboard's API: pages of this origin; then whoever is signed in; then admins. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RemuvrError } from '../../domain/errors.ts';
import { isFollowedLink, isSameOrigin, type RequestOrigin } from '../../domain/same-origin.ts';
import type { ServiceContext } from '../../services/context.ts';
import { findMember, type Identity, type Member } from '../../services/find-member.ts';
import { slowMember } from '../../services/slow-down.ts';
import type { Guard } from '../routes.ts';

export type DashboardParts = {
  readonly ctx: ServiceContext;
  /** Loaded by the first request that needs it. */
  readonly identity: () => Promise<Identity>;
  readonly publicUrl: () => string;
};

const members = new WeakMap<FastifyRequest, Member>();

/** Of a request whose route asks for somebody signed in. */
export function memberOf(request: FastifyRequest): Member {
  const member = members.get(request);
  if (!member) throw new Error('a route that reads its member was registered without a session');
  return member;
}

/** All of the request that tells who is signed in. */
export const sessionHeaders = ({ headers }: FastifyRequest): Headers => new Headers({ cookie: headers.cookie ?? '' });

export function createGuards({ ctx, identity, publicUrl }: DashboardParts) {
  const refuseOtherOrigins: Guard = async (request, reply) => {
    reply.header('Cache-Control', 'no-store');
    if (!isSameOrigin(describeOrigin(request, publicUrl())) || !hasOwnBody(request))
      throw new RemuvrError('cross_origin');
  };
  // PostgreSQL keeps it in no text: nothing has such an id, and better-auth's searches would fail at it.
  const refuseNul: Guard = async (request) => {
    if (request.url.includes('%00')) throw new RemuvrError('invalid_parameter', 'No address may hold a NUL character.');
  };
  const admitLinks: Guard = async (request, reply) => {
    if (isFollowedLink(describeOrigin(request, publicUrl()))) reply.header('Cache-Control', 'no-store');
    else await refuseOtherOrigins(request, reply);
  };
  const findSignedIn = async (request: FastifyRequest, reply: FastifyReply): Promise<Member> => {
    const headers = sessionHeaders(request);
    const member = request.headers.cookie && (await findMember({ ctx, identity: await identity(), headers }));
    if (!member) throw new RemuvrError('not_signed_in');
    await slowMember({ ctx, accountId: member.account.id });
    members.set(request, member);
    for (const cookie of member.cookies) reply.header('set-cookie', cookie);
    return member;
  };
  const demandMember: Guard = async (request, reply) => void (await findSignedIn(request, reply));
  const demandAdmin: Guard = async (request, reply) => {
    const { account } = await findSignedIn(request, reply);
    if (!account.isAdmin) throw new RemuvrError('not_found');
  };
  return {
    link: [admitLinks, refuseNul],
    visitor: [refuseOtherOrigins, refuseNul],
    member: [refuseOtherOrigins, refuseNul, demandMember],
    admin: [refuseOtherOrigins, demandAdmin, refuseNul],
  };
}

function describeOrigin(request: FastifyRequest, publicUrl: string): RequestOrigin {
  const text = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    method: request.method,
    fetchSite: text('sec-fetch-site'),
    fetchMode: text('sec-fetch-mode'),
    origin: text('origin'),
    host: text('host'),
    publicUrl,
  };
}

/** A form of another origin cannot send JSON without asking first; a picture needs a form, and the origin is checked. */
function hasOwnBody({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  const type = headers['content-type'];
  return type === undefined || /^(application\/json|multipart\/form-data)\s*(;|$)/i.test(type);
}
