/** How a route of the table is hung into the server: its OPTIONS and its 405 come with it. */
import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { RemuvrError } from '../domain/errors.ts';
import { answerPreflight } from './cors.ts';
import { isOpenToPages } from './dashboard/paths.ts';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
export type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export type Route = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly access: Access;
  readonly handler: Handler;
};

/** `key` and `guest`, who may have none, are of the API; those after it are of the dashboard, each stricter than the one before. */
type Access = 'public' | 'key' | 'guest' | 'link' | 'visitor' | 'member' | 'admin';
export type Guards = Readonly<Record<Exclude<Access, 'public'>, readonly Guard[]>>;

/** `guards` are asked in their order, before the body is read. */
export function registerRoutes(app: FastifyInstance, routes: readonly Route[], guards: Guards): void {
  // Every method that Node reads, else an address would not be there for some. CONNECT never becomes a request.
  for (const method of METHODS.filter((name) => name !== 'CONNECT' && !app.supportedMethods.includes(name))) {
    app.addHttpMethod(method, { hasBody: true });
  }
  const methodsOf = new Map<string, HTTPMethods[]>();
  for (const { method, path, access, handler } of routes) {
    app.route({ method, url: path, onRequest: access === 'public' ? [] : [...guards[access]], handler });
    const methods = methodsOf.get(path) ?? [];
    methodsOf.set(path, [...methods, method, ...(method === 'GET' ? (['HEAD'] as const) : [])]);
  }
  for (const [path, methods] of methodsOf) {
    const hasPreflight = isOpenToPages(path);
    const allowed: readonly string[] = hasPreflight ? [...methods, 'OPTIONS'] : methods;
    if (hasPreflight) app.options(path, (_request, reply) => answerPreflight(reply, allowed));
    app.route({
      method: app.supportedMethods.filter((method) => !allowed.includes(method)),
      url: path,
      // In onRequest, so that the body of a wrong method is not read.
      onRequest: async (_request, reply) => {
        reply.header('Allow', allowed.join(', '));
        throw new RemuvrError('method_not_allowed', `This address answers ${allowed.join(', ')}.`);
      },
      handler: async () => undefined,
    });
  }
}
