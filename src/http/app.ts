/** The HTTP server: every route on one screen. */
import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { buildOpenApi } from '../contract/openapi.ts';
import { RemuvrError } from '../domain/errors.ts';
import type { ServiceContext } from '../services/context.ts';
import { findGuest } from '../services/find-guest.ts';
import { createPictureIntake, type IntakeSettings } from './accept-picture.ts';
import { createAuthentication } from './authenticate.ts';
import type { BatchSettings } from './batches/accept-batch.ts';
import { listWebhooks } from './billing-events.ts';
import { answerClientError, noteAnswer } from './client-errors.ts';
import { setCorsHeaders } from './cors.ts';
import { createGuards } from './dashboard/guards.ts';
import { isOpenToPages } from './dashboard/paths.ts';
import { type DashboardOptions, listDashboardRoutes } from './dashboard/routes.ts';
import { listRembgRoutes } from './dialects/rembg/remove.ts';
import { listRemovebgRoutes } from './dialects/removebg/remove.ts';
import { createAuth, createUsage } from './dialects/remuvr/account.ts';
import { listBatchRoutes } from './dialects/remuvr/batches.ts';
import { createRemove, type RemoveSettings } from './dialects/remuvr/remove.ts';
import { createStatus } from './dialects/remuvr/status.ts';
import { answerError } from './errors.ts';
import { answerHealth, createReadiness, type ReadinessChecks } from './health.ts';
import { type Pages, registerPages, WEB_DIR } from './pages.ts';
import { createResults } from './results.ts';
import { type Route, registerRoutes } from './routes.ts';
import { cutOffStalledReaders } from './stalled-readers.ts';
import { traceRequests } from './trace-requests.ts';
import { createUploadGate } from './upload-gate.ts';

export type HttpSettings = RemoveSettings &
  IntakeSettings &
  BatchSettings & {
    /** Requests that may be sending pictures at once. */
    readonly maxUploads: number;
    /** Known only after listening where the port is free to choose, so both are asked for when they are needed. */
    readonly publicUrl: () => string;
    /** Where results are sent on to, beside the origin of their links. */
    readonly pictureOrigins: readonly string[];
    readonly uploadTimeoutSeconds: number;
    /** Whether callers of the rembg dialect need no key. */
    readonly hasRembgGuests: boolean;
    /** In front, each adding the address of whoever it hears to X-Forwarded-For. */
    readonly trustedProxies: number;
    readonly version: string;
  };

type AppOptions = {
  readonly ctx: ServiceContext;
  readonly settings: HttpSettings;
  readonly identity: DashboardOptions['identity'];
  readonly facts: Omit<DashboardOptions['facts'], 'version'>;
  readonly checks: ReadinessChecks;
  /** Of the dashboard's build, where it is another than the package's own. */
  readonly webDir?: string;
  readonly logger: FastifyBaseLogger;
};

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { ctx, settings, checks, logger, identity } = options;
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // Not `true`, by which the caller's own entry of the header would be believed.
    trustProxy: (_address, hop) => hop < settings.trustedProxies,
    genReqId: (request) => acceptRequestId(request.headers['x-request-id']),
    requestTimeout: settings.uploadTimeoutSeconds * 1000,
    // Node looks for requests that are late every 30 s; that would be the least that a stalled upload may take.
    // Node exchanges the two limits where that of the head is the longer one.
    http: {
      connectionsCheckingInterval: 1_000,
      headersTimeout: Math.min(settings.uploadTimeoutSeconds, 60) * 1000,
      // Without Host a request is as good as with one: nothing is routed by it.
      requireHostHeader: false,
    },
    keepAliveTimeout: 72_000,
    // A sync call in flight must not keep a stopping server from answering it.
    forceCloseConnections: 'idle',
    // While it stops, a request that was on its way is answered like any other.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // The largest head of a request is no longer: an id of any length is looked for, and answered like any other.
    routerOptions: { maxParamLength: 16_384 },
    // An address whose escapes cannot be decoded is the address of nothing.
    frameworkErrors: (_error, request, reply) => {
      setCommonHeaders(request, reply);
      void answerError(new RemuvrError('not_found'), request, reply);
    },
  });
  await app.register(helmet, {
    // Results are embedded by pages of other origins; no answer but the pages, which have policies of their own, is one.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    contentSecurityPolicy: { directives: NO_PAGE, useDefaults: false },
    strictTransportSecurity: false,
  });
  // Bodies are streams: nothing but the routes themselves reads them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  await app.register(multipart, { throwFileSizeLimit: false });
  const pictureOrigins = () => [settings.cdnUrl(), ...settings.pictureOrigins];
  const { answerPage, answerReference } = await registerPages(app, {
    webDir: options.webDir ?? WEB_DIR,
    pictureOrigins,
  });
  traceRequests(app, ctx.traces);
  cutOffStalledReaders(app, settings.uploadTimeoutSeconds);
  addHooks(app, answerPage, ctx.metrics);
  endConnectionsAtStop(app);

  const gate = createUploadGate(settings.maxUploads);
  const takePicture = createPictureIntake(ctx, settings, gate);
  const remove = createRemove(ctx, settings, takePicture);
  const { publicUrl, cdnUrl, stopping, version } = settings;
  const facts = { ...options.facts, version };
  const dashboard: DashboardOptions = { ctx, identity, publicUrl, facts, takePicture, cdnUrl, stopping };
  const routes: Route[] = [
    { method: 'GET', path: '/v1/auth', access: 'key', handler: createAuth(ctx) },
    { method: 'GET', path: '/v1/usage', access: 'key', handler: createUsage(ctx) },
    { method: 'POST', path: '/remove', access: 'key', handler: remove },
    { method: 'POST', path: '/v1/remove', access: 'key', handler: remove },
    { method: 'GET', path: '/v1/status/:id', access: 'key', handler: createStatus(ctx, settings) },
    { method: 'GET', path: '/processed/:name', access: 'public', handler: createResults(ctx) },
    { method: 'GET', path: '/healthz', access: 'public', handler: answerHealth },
    { method: 'GET', path: '/readyz', access: 'public', handler: createReadiness(checks) },
    { method: 'GET', path: '/docs', access: 'public', handler: answerReference },
    { method: 'GET', path: '/docs/', access: 'public', handler: answerReference },
    {
      method: 'GET',
      path: '/openapi.json',
      access: 'public',
      handler: async (_request, reply) =>
        reply.send(buildOpenApi({ url: publicUrl(), version, plans: [...ctx.plans.keys()] })),
    },
  ];
  registerRoutes(
    app,
    [
      ...routes,
      ...listBatchRoutes(ctx, settings, gate),
      ...listRemovebgRoutes(ctx, settings, gate),
      ...listRembgRoutes(ctx, settings, gate),
      ...listWebhooks(ctx),
      ...listDashboardRoutes(dashboard),
    ],
    {
      key: [createAuthentication(ctx)],
      guest: [createAuthentication(ctx, settings.hasRembgGuests ? () => findGuest(ctx) : undefined)],
      ...createGuards(dashboard),
    },
  );
  return app;
}

const NO_PAGE = { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"] };

/** Whoever kept the connection would send the next request into one that ends. */
function endConnectionsAtStop(app: FastifyInstance): void {
  let isStopping = false;
  app.addHook('preClose', async () => {
    isStopping = true;
  });
  app.addHook('onSend', async (request, reply) => {
    // Of one that still sends, the answer would be lost.
    if (isStopping && request.raw.complete) reply.header('Connection', 'close');
  });
}

function addHooks(app: FastifyInstance, answerPage: Pages['answerPage'], metrics: ServiceContext['metrics']): void {
  // An expectation that is not understood may be ignored (RFC 9110, 10.1.1); Node would answer 417 without a body.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.server.on('request', noteAnswer);
  app.addHook('onRequest', async (request, reply) => setCommonHeaders(request, reply));
  // To close after an answer that came before the body was read would reset the connection, and the caller, still writing,
  // would lose the answer: also one who asked for it to be closed, who can do so when the answer is there.
  app.addHook('onSend', async (request, reply) => {
    if (!request.raw.complete) reply.raw.shouldKeepAlive = true;
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(
    (request, reply) => answerPage(request, reply) ?? answerError(new RemuvrError('not_found'), request, reply),
  );
  app.addHook('onResponse', async (request, reply) => {
    const ms = Math.round(reply.elapsedTime);
    measureRequest(metrics, request, reply);
    // The pattern of the route, not the address: a result's address is a permission.
    const fields = {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      ms,
    };
    request.log.info(fields, 'request');
  });
}

function measureRequest(metrics: ServiceContext['metrics'], request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url ?? 'unknown';
  metrics.count('remuvr_requests_total', { method: request.method, route, status: String(reply.statusCode) });
  metrics.observe('remuvr_request_seconds', { route }, reply.elapsedTime / 1000);
}

function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  if (isOpenToPages(request.url)) setCorsHeaders(reply);
  reply.header('X-Request-Id', request.id);
}

function acceptRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}
