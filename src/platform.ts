/**
 * The composition root: the only file that constructs adapters. Each function loads what it needs and no more, so that
 * a command that makes a key loads no model, and a pipeline child no database.
 */
import { totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelFiles } from './adapters/model-files.ts';
import { type ChildSettings, type Config, childEnvironment, identityProviders, npmEnvironment } from './config.ts';
import { pathOfPrecision, precisionOfQuality, type ReadyModel } from './domain/model.ts';
import { decidePrecision, isMeasurementOf, type PrecisionChoice } from './domain/precision.ts';

export type { PullProgress } from './adapters/model-files.ts';

import type { DataDirLock } from './adapters/data-dir-lock.ts';
import { countChildren } from './domain/threads.ts';
import type { Identity } from './ports/identity.ts';
import type { Mailer } from './ports/mailer.ts';
import type { Storage } from './ports/storage.ts';
import type { DatabaseContext, Log, ServiceContext } from './services/context.ts';
import type { Pipeline } from './worker/pipeline-child.ts';

const SERVER_CONNECTIONS = 20;
const COMMAND_CONNECTIONS = 2;

/** Parts are closed in the reverse of their opening, each even where another fails. */
type Closing = { add(close: () => Promise<unknown>): void; close(): Promise<void> };

function createClosing(log: Log): Closing {
  const parts: (() => Promise<unknown>)[] = [];
  return {
    add: (close) => void parts.push(close),
    async close() {
      for (const close of parts.splice(0).reverse()) {
        await close().catch((error: unknown) => log.warn({ err: error }, 'a part did not close cleanly'));
      }
    },
  };
}

type Opened<C> = { readonly ctx: C; close(): Promise<void> };

async function connect(config: Config, role: 'server' | 'command', log: Log, closing: Closing): Promise<string> {
  if (config.DATABASE_URL) return config.DATABASE_URL;
  const { openOwnPostgres } = await import('./adapters/own-postgres.ts');
  const postgres = await openOwnPostgres({
    dataDir: config.DATA_DIR,
    postgresBin: config.POSTGRES_BIN,
    role,
    log: (line) => log.warn({}, line),
  });
  closing.add(() => postgres.stop());
  return postgres.connectionString;
}

async function openMigratedDatabase(connectionString: string, maxConnections: number, log: Log, closing: Closing) {
  const { openDatabase } = await import('./store/database.ts');
  const { migrateDatabase } = await import('./store/migrate.ts');
  const onLost = (error: Error): void => log.warn({ err: error }, 'a connection to the database was lost');
  const database = openDatabase({ connectionString, maxConnections, onLost });
  closing.add(() => database.destroy());
  for (const name of await migrateDatabase(database)) log.info({ migration: name }, 'database migrated');
  return database;
}

/** Runs `open`; where it fails, what was opened on the way is closed again. */
async function opening<C>(log: Log, open: (closing: Closing) => Promise<C>): Promise<Opened<C>> {
  const closing = createClosing(log);
  try {
    return { ctx: await open(closing), close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** For a command: the database alone, with the server running or not. */
export async function openCommandContext(config: Config, log: Log): Promise<Opened<DatabaseContext>> {
  return await opening(log, async (closing) => {
    const connectionString = await connect(config, 'command', log, closing);
    return { database: await openMigratedDatabase(connectionString, COMMAND_CONNECTIONS, log, closing) };
  });
}

/** For `serve` and `worker`. The server's own PostgreSQL is kept alive; a worker beside it only uses it. */
export async function openServiceContext(
  config: Config,
  role: 'server' | 'worker',
  log: Log,
): Promise<Opened<ServiceContext>> {
  return await opening(log, async (closing) => {
    const { openNotifications } = await import('./store/notifications.ts');
    const { openQueue } = await import('./store/queue.ts');
    const storage = await openStorage(config);
    const connectionString = await connect(config, role === 'server' ? 'server' : 'command', log, closing);
    const database = await openMigratedDatabase(connectionString, SERVER_CONNECTIONS, log, closing);
    const logError = (error: Error): void => log.warn({ err: error }, 'the queue or its notifications met an error');
    const notifications = await openNotifications(connectionString, logError);
    closing.add(() => notifications.close());
    const queue = await openQueue(database, logError);
    closing.add(() => queue.stop());
    const settings = {
      maxPixels: config.MAX_PIXELS,
      maxQueue: config.MAX_QUEUE,
      resultTtlSeconds: config.RESULT_TTL,
    };
    return { database, queue, notifications, storage, settings, log };
  });
}

/** Who is signed in. `publicUrl` is where the links of mails lead. */
export async function openIdentity(
  config: Config,
  ctx: DatabaseContext,
  log: Log,
  publicUrl: string,
): Promise<Identity> {
  const [{ createBetterAuth }, { readOrMakeSecret }, { closeAccount }] = await Promise.all([
    import('./adapters/better-auth.ts'),
    import('./adapters/secret-file.ts'),
    import('./services/close-account.ts'),
  ]);
  return createBetterAuth({
    db: ctx.database,
    secret: config.AUTH_SECRET ?? (await readOrMakeSecret(config.secretFile)),
    publicUrl,
    mailer: await openMailer(config, log),
    providers: identityProviders(config),
    closeAccount: (personId) => closeAccount({ ctx, personId }),
    log: (level, message) => log[level]({}, message),
  });
}

async function openMailer({ SMTP_URL, MAIL_FROM }: Config, log: Log): Promise<Mailer> {
  if (SMTP_URL !== undefined) {
    const { createSmtpMailer } = await import('./adapters/smtp-mailer.ts');
    return createSmtpMailer({ url: SMTP_URL, from: MAIL_FROM });
  }
  const { createLogMailer } = await import('./adapters/log-mailer.ts');
  return createLogMailer((fields, message) => log.warn(fields, message));
}

export async function openStorage(config: Config): Promise<Storage> {
  const { openDiskStorage } = await import('./adapters/disk-storage.ts');
  return await openDiskStorage(config.objectsDir);
}

export async function openDataDirLock(config: Config): Promise<DataDirLock> {
  const { acquireDataDirLock } = await import('./adapters/data-dir-lock.ts');
  return await acquireDataDirLock(config.DATA_DIR);
}

export async function openModelFiles(config: Config): Promise<ModelFiles> {
  const { createModelFiles } = await import('./adapters/model-files.ts');
  return createModelFiles({ modelsDir: config.modelsDir, env: npmEnvironment() });
}

/** From a checkout children run through tsx, like their parent. */
function describeChild(name: string) {
  const extension = path.extname(fileURLToPath(import.meta.url));
  return {
    childModule: fileURLToPath(new URL(`./cli/${name}${extension}`, import.meta.url)),
    execArgv: extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : [],
  };
}

/** Two sessions are loaded and run four times each; a slow machine takes a minute. */
const PRECISION_TIMEOUT_MS = 180_000;

/** What is noted about this machine, without measuring. */
export async function findPrecision(config: Config, model: ReadyModel) {
  const { describeProcessor, readPrecisionNote } = await import('./adapters/precision-probe.ts');
  const question = { processor: describeProcessor(), digest: model.int8Digest ?? '' };
  const note = model.int8Path === undefined ? undefined : await readPrecisionNote(model.int8Path);
  const measurement = isMeasurementOf(note, question) ? note : undefined;
  const hasInt8 = model.int8Path !== undefined;
  return { question, choice: decidePrecision({ setting: config.PRECISION, hasInt8, measurement }) };
}

/** Which form of the model runs here; the first time on a machine that takes some seconds, in a process of its own. */
export async function choosePrecision(config: Config, model: ReadyModel): Promise<PrecisionChoice> {
  const { question, choice } = await findPrecision(config, model);
  if (choice.precision !== 'measure') return choice;
  const { askChild } = await import('./worker/ask-child.ts');
  const { writePrecisionNote } = await import('./adapters/precision-probe.ts');
  const env = childEnvironment({ model, threads: config.THREADS });
  const answer = await askChild({ ...describeChild('precision-child'), env, timeoutMs: PRECISION_TIMEOUT_MS });
  if (!answer) return { precision: 'fp32', reason: 'int8 could not be measured on this machine' };
  const measurement = { ...(answer as Awaited<ReturnType<typeof measurePrecision>>), ...question };
  if (model.int8Path !== undefined) await writePrecisionNote(model.int8Path, measurement);
  const measured = decidePrecision({ setting: config.PRECISION, hasInt8: true, measurement });
  return measured.precision === 'measure' ? { precision: 'fp32', reason: 'int8 could not be measured' } : measured;
}

/** In the child of `choosePrecision`. */
export async function measurePrecision({ model, threads }: ChildSettings) {
  const { measureForms } = await import('./adapters/precision-probe.ts');
  return await measureForms({ ...model, int8Path: model.int8Path ?? model.path }, threads);
}

/** The machine's, or what the container may have of it. */
function findMemoryBytes(): number {
  // 0 where there is no limit, and more than there is where there is none in effect.
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

/** The pool of pipeline children, of which no more than `most` are started. */
export async function openRunner(config: Config, model: ReadyModel, log: Log, most = Number.POSITIVE_INFINITY) {
  const { createChildPool } = await import('./worker/child-pool.ts');
  const threads = config.THREADS;
  const fitting = countChildren({ threads, memoryBytes: findMemoryBytes(), modelBytes: model.bytes });
  return createChildPool({
    ...describeChild('pipeline-child'),
    env: childEnvironment({ model, threads }),
    size: Math.min(most, config.WORKERS === 'auto' ? fitting : config.WORKERS),
    threads,
    jobTimeoutMs: config.JOB_TIMEOUT * 1000,
    memoryLimitMiB: config.CHILD_MEMORY,
    log: ({ level, message, ...fields }) => log[level](fields, message),
  });
}

/**
 * In the pipeline child: codec and model, as one function from an order to its report. The session that usual orders of
 * that many threads need is there at once, others at their first order.
 */
export async function openPipeline({ model }: ChildSettings, firstThreads: number): Promise<Pipeline> {
  const [{ createSharpCodec }, { openOrtSession }, { packZip }, { runPipeline }, { createSessionShelf }] =
    await Promise.all([
      import('./adapters/sharp-codec.ts'),
      import('./adapters/ort-session.ts'),
      import('./adapters/zip-writer.ts'),
      import('./worker/pipeline.ts'),
      import('./worker/session-shelf.ts'),
    ]);
  const codec = createSharpCodec({ threads: firstThreads });
  const sessions = createSessionShelf(({ precision, threads }) =>
    openOrtSession({ model: { ...model, path: pathOfPrecision(model, precision) }, threads }),
  );
  await sessions.take({ precision: precisionOfQuality(model, 'auto'), threads: firstThreads });
  const normalisation = { mean: model.mean, std: model.std };
  return async (order, threads) => {
    codec.useThreads(threads);
    const precision = precisionOfQuality(model, order.request.quality);
    const session = await sessions.take({ precision, threads });
    return await runPipeline({ codec, session, normalisation, packZip }, order);
  };
}
