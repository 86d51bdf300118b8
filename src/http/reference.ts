/** The page that shows the API's description at `/docs`. */
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import { REFERENCE_PATH } from './routes.ts';

/** It runs its own script and styles inline; nothing is loaded from, or sent to, another host. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** In a scope of its own: what it may run, no other answer may. */
export async function registerReference(scope: FastifyInstance): Promise<void> {
  scope.addHook('onRequest', async (_request, reply) => void reply.header('Content-Security-Policy', POLICY));
  await scope.register(scalar, {
    routePrefix: REFERENCE_PATH,
    // What would lead to, or ask, another company's servers is off.
    configuration: {
      url: '/openapi.json',
      withDefaultFonts: false,
      favicon: 'data:,',
      telemetry: false,
      showDeveloperTools: 'never',
      hideClientButton: true,
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
}
