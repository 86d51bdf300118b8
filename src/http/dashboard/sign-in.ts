/** /api/auth/*: signing up and in, sessions, second factors. What happens there is the identity's. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RemuvrError } from '../../domain/errors.ts';
import { checkDatabase } from '../../services/check-database.ts';
import { ADDRESS_HEADER } from '../../services/find-member.ts';
import { slowDown } from '../../services/slow-down.ts';
import { readDeviceCookie, writeDeviceCookie } from './device-cookie.ts';
import type { DashboardParts } from './guards.ts';
import { parseBody, readBody } from './read-body.ts';

/** What of a request's head is passed on. Forwarded addresses are not: whoever sends them could write what they like. */
const PASSED_ON = [
  'accept',
  'content-type',
  'cookie',
  'user-agent',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
];

/** What takes a password or a code, sends a mail, or could tell whether an address has an account. */
const GUESSABLE =
  /^\/api\/auth\/(sign-in|sign-up|request-password-reset|reset-password|send-verification-email|verify-password|change-|delete-user|two-factor)/;

/** What of it sends a mail to the address that it names. */
const MAILING = /^\/api\/auth\/(sign-up|request-password-reset|send-verification-email|change-email)/;
const BY_PASSWORD = '/api/auth/sign-in/email';

export function createSignIn({ ctx, identity, publicUrl }: DashboardParts) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const url = toOwnUrl(request.url, new URL(publicUrl()).origin);
    const isPost = request.method === 'POST';
    const body = isPost ? await readBody(request) : '';
    const address = isPost ? addressIn(body) : undefined;
    const { answer: ask, findDevice, signDevice } = await identity();
    if (isPost && GUESSABLE.test(url.pathname)) {
      const token = readDeviceCookie(request.headers.cookie);
      const deviceId = address && token ? findDevice(address, token) : undefined;
      const isMailing = MAILING.test(url.pathname);
      await slowDown({ ctx, attempt: { sender: request.ip, address, isMailing, deviceId } });
    }
    const answer = await ask(toWebRequest(request, url, body));
    if (answer.status >= 500) {
      await checkDatabase(ctx);
      throw new RemuvrError('internal_error');
    }
    // What better-auth has no endpoint for it answers without a word.
    if (answer.status === 404 && !/json/.test(answer.headers.get('content-type') ?? ''))
      throw new RemuvrError('not_found');
    const isProved = address !== undefined && url.pathname === BY_PASSWORD && answer.ok;
    const cookies = isProved ? [writeDeviceCookie(signDevice(address), url.protocol === 'https:')] : [];
    return await passOn(reply, keepHere(answer, url.origin), cookies);
  };
}

function addressIn(body: string): string | undefined {
  const { email, newEmail } = body === '' ? {} : parseBody(body);
  return [email, newEmail].find((address) => typeof address === 'string');
}

/** One address has one spelling: what is slowed down and what is answered must be told by the same path. */
function toOwnUrl(target: string, origin: string): URL {
  const url = URL.canParse(target, origin) ? new URL(target, origin) : undefined;
  const [path] = target.split('?');
  if (url?.origin !== origin || url.pathname !== path) throw new RemuvrError('not_found');
  return url;
}

/** The origin was checked already, against the host that the browser speaks to, so it is told as that of PUBLIC_URL. */
function toWebRequest(request: FastifyRequest, url: URL, body: string): Request {
  const headers = new Headers({ origin: url.origin, [ADDRESS_HEADER]: request.ip });
  for (const name of PASSED_ON) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const { method } = request;
  return new Request(url, { method, headers, ...(body === '' ? {} : { body }) });
}

/**
 * better-auth takes `/..//example.com` for an address of this origin, and writes it as `//example.com`, which is of another
 * one. A provider's page is told in JSON, so no redirect has to leave.
 */
function keepHere(answer: Response, origin: string): Response {
  const location = answer.headers.get('location');
  const isRedirect = answer.status >= 300 && answer.status < 400;
  if (!isRedirect || location === null || isWithin(location, origin)) return answer;
  const headers = new Headers(answer.headers);
  headers.set('location', '/');
  return new Response(answer.body, { status: answer.status, headers });
}

const isWithin = (location: string, origin: string): boolean =>
  URL.canParse(location, origin) && new URL(location, origin).origin === origin;

async function passOn(reply: FastifyReply, answer: Response, cookies: readonly string[]): Promise<FastifyReply> {
  reply.code(answer.status);
  for (const [name, value] of answer.headers) {
    if (name !== 'set-cookie' && name !== 'content-length') reply.header(name, value);
  }
  for (const cookie of [...answer.headers.getSetCookie(), ...cookies]) reply.header('set-cookie', cookie);
  const text = await answer.text();
  return text === '' ? reply.send() : reply.send(text);
}
