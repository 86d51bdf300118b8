/** A span for each request, which goes on the trace that its caller began. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServiceContext } from '../services/context.ts';

/** Asked by machines every few seconds. */
const UNTRACED = ['/healthz', '/readyz'];

/**
 * Neither path nor query is told: a result's address is a permission, and the query may have the address of a picture.
 * To be added before the hooks whose work is to be in the trace.
 */
export function traceRequests(app: FastifyInstance, traces: ServiceContext['traces']): void {
  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (route !== undefined && UNTRACED.includes(route)) return done();
    const { method } = request;
    const attributes = {
      'http.request.method': method,
      ...(route === undefined ? {} : { 'http.route': route }),
      'url.scheme': request.protocol,
      'network.protocol.version': request.raw.httpVersion,
      'remuvr.request.id': request.id,
    };
    const name = route === undefined ? method : `${method} ${route}`;
    const span = traces.begin(name, { kind: 'server', parent: traceparentOf(request), attributes });
    reply.raw.once('close', () => {
      const { statusCode, writableFinished } = reply.raw;
      // A caller who hung up before there was an answer has got no status.
      if (reply.raw.headersSent) span.note({ 'http.response.status_code': statusCode });
      span.end(statusCode >= 500 ? String(statusCode) : writableFinished ? undefined : 'hung_up');
    });
    traces.within(span, done);
  });
}

function traceparentOf({ headers }: FastifyRequest): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
}
