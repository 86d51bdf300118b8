/** remuvr serve: the whole service in one process, or its HTTP half. */
import { createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Config, identityProviders, linkOrigin, loadConfig, pictureOrigins, stripeSecrets } from '../config.ts';
import { createApp } from '../http/app.ts';
import { type JobViewSettings, viewJob } from '../http/dialects/remuvr/job-view.ts';
import { PHOTOS_DIR } from '../http/pages.ts';
import { describeWorker, openRunner } from '../platform/engine.ts';
import { openIdentity, openMailer } from '../platform/identity.ts';
import { openDataDirLock, openMetrics, openServiceContext } from '../platform.ts';
import type { PipelineRunner } from '../ports/pipeline-runner.ts';
import type { ServiceContext } from '../services/context.ts';
import { startAnnouncing } from '../worker/announce.ts';
import { startHousekeeping, startMailing } from '../worker/housekeeping.ts';
import { startWorkerLoop } from '../worker/loop.ts';
import { startDemos } from '../worker/make-demos.ts';
import { startWebhooks } from '../worker/webhooks.ts';
import { demandOwnStorage } from './hold-to-storage.ts';
import { listenFailure } from './listen-failure.ts';
import { composeChecks, listenForMetrics } from './listen-for-metrics.ts';
import { loadModel } from './load-model.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { CommandError, openTracedLog } from './terminal.ts';
import { readVersion } from './version.ts';

type Links = { readonly publicUrl: () => string; readonly cdnUrl: () => string };

/**
 * V8 counts the bytes of pictures on their way against a heap that hardly grows, and marked the whole of it for every other
 * picture: 13 times in 30. So it took 54 to 58 ms of processor time a picture in place of 43.
 */
const HEAP_GROWTH = '--heap-growing-percent=100';

async function serve(options: { worker: boolean }): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const config = loadConfig();
  const { log, traces } = await openTracedLog(config);
  const shutdown = createShutdown(log);
  shutdown.add(() => traces.close());
  try {
    await lockDataDir(config, shutdown);
    await refuseUsedPort(config);
    const metrics = await openMetrics(config);
    const model = options.worker ? await loadModel(config, shutdown.signal) : undefined;
    // The model loads in its child while the database starts.
    const runner = model && (await openRunner(config, model, log, { metrics }));
    if (runner) shutdown.add(() => runner.close(0));
    const isModelReady = runner?.ready();
    // Looked at below; without this, a failure before that would end the process as unhandled.
    isModelReady?.catch(() => {});
    const { ctx, close } = await openServiceContext(config, 'server', log, { metrics, traces });
    shutdown.add(close);
    await demandOwnStorage(ctx, shutdown);
    await listenForMetrics(config, ctx, runner, shutdown);
    const { app, url, view } = await listen(config, log, ctx, runner, shutdown);
    const worker = model && runner && { model, runner, loop: startWorkerLoop(ctx, runner) };
    if (worker) {
      const facts = describeWorker(config, worker.model, readVersion());
      shutdown.add(startAnnouncing({ ctx, ...worker, facts }));
    }
    shutdown.add(startHousekeeping(ctx));
    shutdown.add(startMailing(ctx, { mailer: () => openMailer(config, log), usageUrl: `${url}/usage` }));
    shutdown.add(startWebhooks(ctx, (job) => viewJob(job, view)));
    if (worker && config.LANDING_DEMO) {
      const source = { photosDir: PHOTOS_DIR, model: worker.model, version: readVersion() };
      shutdown.add(startDemos({ ctx, runner: worker.runner, source, stopping: shutdown.signal }));
    }
    shutdown.add(() => stopServing(config, app, shutdown, worker?.loop));
    await isModelReady;
    if (!shutdown.signal.aborted) greet(url);
    await shutdown.requested;
  } catch (error) {
    // Asked to end while it started: what was broken off by that is no failure.
    if (!shutdown.signal.aborted) throw error;
  } finally {
    await shutdown.close();
  }
}

/** Before the model is fetched: nobody wants to learn of it after a download. */
async function refuseUsedPort({ PORT, HOST }: Config): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(PORT, HOST, () => resolve());
    });
    await new Promise((resolve) => probe.close(resolve));
  } catch (error) {
    throw listenFailure(error, 'PORT', PORT, HOST);
  }
}

async function lockDataDir(config: Config, shutdown: Shutdown): Promise<void> {
  const lock = await openDataDirLock(config);
  if (lock.kind === 'held') {
    const holder = lock.holder ? ` (process ${lock.holder.pid} on ${lock.holder.host})` : '';
    throw new CommandError(
      `Another server${holder} uses the data folder ${config.DATA_DIR}; stop it, or set DATA_DIR.`,
    );
  }
  shutdown.add(() => lock.release());
}

async function listen(
  config: Config,
  log: Logger,
  ctx: ServiceContext,
  runner: PipelineRunner | undefined,
  shutdown: Shutdown,
): Promise<{ app: FastifyInstance; url: string; view: JobViewSettings }> {
  let port = config.PORT;
  const links: Links = {
    publicUrl: () => config.PUBLIC_URL ?? `http://localhost:${port}`,
    cdnUrl: () => linkOrigin(config) ?? links.publicUrl(),
  };
  const settings = {
    ...links,
    pictureOrigins: pictureOrigins(config),
    timeZone: config.TIME_ZONE,
    maxPixels: config.MAX_PIXELS,
    maxUploads: config.MAX_UPLOADS,
    maxBatchItems: config.MAX_BATCH_ITEMS,
    maxBatchBytes: config.MAX_BATCH_BYTES,
    quality: config.QUALITY,
    syncTimeoutSeconds: config.SYNC_TIMEOUT,
    uploadTimeoutSeconds: config.UPLOAD_TIMEOUT,
    trustedProxies: config.TRUST_PROXY,
    hasRembgGuests: config.REMBG_ANONYMOUS,
    version: readVersion(),
    stopping: shutdown.waitsEnd,
  };
  let identity: ReturnType<typeof openIdentity> | undefined;
  const app = await createApp({
    ctx,
    settings,
    checks: composeChecks(ctx, runner),
    logger: log,
    identity: () => {
      identity ??= openIdentity(config, ctx, log, links.publicUrl());
      return identity;
    },
    facts: describeServer(config),
  });
  try {
    await app.listen({ port: config.PORT, host: config.HOST });
  } catch (error) {
    throw listenFailure(error, 'PORT', config.PORT, config.HOST);
  }
  const address = app.server.address();
  if (address && typeof address === 'object') port = address.port;
  return { app, url: links.publicUrl(), view: settings };
}

function describeServer(config: Config) {
  const providers = Object.keys(identityProviders(config)) as ('google' | 'github')[];
  const billing = stripeSecrets(config) ? 'stripe' : 'none';
  return { billing, mail: config.SMTP_URL === undefined ? 'log' : 'smtp', providers } as const;
}

const LAST_ANSWERS_MS = 3_000;

/** No new connection; jobs finish or go back; then whoever still waits is answered that the job goes on. */
async function stopServing(
  config: Config,
  app: FastifyInstance,
  shutdown: Shutdown,
  loop: ReturnType<typeof startWorkerLoop> | undefined,
): Promise<void> {
  const closed = app.close();
  await loop?.drain(config.DRAIN_TIMEOUT * 1000);
  shutdown.endWaits();
  const cutOff = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MS);
  await closed;
  clearTimeout(cutOff);
}

function greet(url: string): void {
  process.stdout.write(`
Remuvr is running at ${url}

  make an API key       bin/remuvr keys create --plan pro
  remove a background   curl -X POST -H "Authorization: Bearer YOUR_API_KEY" -F "file=@image.jpg" ${url}/remove -o result.png
  read the API          ${url}/docs

`);
}

export function addServeCommand(program: Command): void {
  program
    .command('serve', { isDefault: true })
    .description('run the service: HTTP, database and worker together')
    .option('--no-worker', 'HTTP only; jobs are done by `remuvr worker` elsewhere')
    .action(serve);
}
