/**
 * The composition root: with its folder, the only place that constructs adapters. Each function loads what it needs and
 * no more, so that a command that makes a key loads no model, and a pipeline child no database.
 */
import type { DataDirLock } from './adapters/data-dir-lock.ts';
import { bucketCredentials, type Config } from './config.ts';
import { PROCESS_CONNECTIONS } from './domain/connection-room.ts';
import { openBilling } from './platform/billing.ts';
import { type Closing, type Opened, opening } from './platform/closing.ts';
import { loadPlans } from './platform/plans.ts';
import { openSecretBox } from './platform/secrets.ts';
import type { Metrics } from './ports/metrics.ts';
import type { Storage } from './ports/storage.ts';
import type { Traces } from './ports/traces.ts';
import type { AccountContext, Log, ServiceContext } from './services/context.ts';

const COMMAND_CONNECTIONS = 2;

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

/** For a command: the database alone, with the server running or not. */
export async function openCommandContext(config: Config, log: Log): Promise<Opened<AccountContext>> {
  return await opening(log, async (closing) => {
    const plans = await loadPlans(config);
    const connectionString = await connect(config, 'command', log, closing);
    return { plans, database: await openMigratedDatabase(connectionString, COMMAND_CONNECTIONS, log, closing) };
  });
}

/** For `serve` and `worker`. The server's own PostgreSQL is kept alive; a worker beside it only uses it. */
export async function openServiceContext(
  config: Config,
  role: 'server' | 'worker',
  log: Log,
  { metrics, traces }: Pick<ServiceContext, 'metrics' | 'traces'>,
): Promise<Opened<ServiceContext>> {
  return await opening(log, async (closing) => {
    const { openNotifications } = await import('./store/notifications.ts');
    const { openQueue } = await import('./store/queue.ts');
    const { openStepBoard } = await import('./services/job-steps.ts');
    const { demandPlansInUse } = await import('./services/change-plan.ts');
    const plans = await loadPlans(config);
    const storage = await openTracedStorage(config, traces);
    const { createGuardedFetch } = await import('./adapters/guarded-fetch.ts');
    const { createGuardedPost } = await import('./adapters/guarded-fetch/post.ts');
    const sources = createGuardedFetch({ hosts: config.ALLOWED_SOURCE_HOSTS });
    const webhooks = createGuardedPost({ hosts: config.ALLOWED_WEBHOOK_HOSTS });
    const secretBox = openSecretBox(config);
    const billing = await openBilling(config, plans);
    const connectionString = await connect(config, role === 'server' ? 'server' : 'command', log, closing);
    const database = await openMigratedDatabase(connectionString, PROCESS_CONNECTIONS.pool, log, closing);
    const logError = (error: Error): void => log.warn({ err: error }, 'the queue or its notifications met an error');
    const notifications = await openNotifications(connectionString, logError);
    closing.add(() => notifications.close());
    const steps = openStepBoard(notifications);
    const queue = await openQueue(database, logError);
    closing.add(() => queue.stop());
    const settings = {
      maxPixels: config.MAX_PIXELS,
      maxQueue: config.MAX_QUEUE,
      maxAccountQueue: config.MAX_ACCOUNT_QUEUE,
      resultTtlSeconds: config.RESULT_TTL,
      webhookRetries: config.WEBHOOK_RETRIES,
    };
    await demandPlansInUse({ database, plans });
    const doors = { database, queue, notifications, steps, storage, sources, webhooks, secretBox, billing };
    return { ...doors, plans, settings, metrics, traces, log };
  });
}

/** Of this process; nothing is counted where no port is set. */
export async function openMetrics(config: Config): Promise<Metrics> {
  if (config.METRICS_PORT === undefined) return (await import('./ports/metrics.ts')).NO_METRICS;
  const { createPrometheus } = await import('./adapters/prometheus.ts');
  return createPrometheus();
}

async function openTracedStorage(config: Config, traces: Traces): Promise<Storage> {
  const storage = await openStorage(config);
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return storage;
  const { traceStorage } = await import('./platform/traced-storage.ts');
  return traceStorage(storage, traces);
}

export async function openStorage(config: Config): Promise<Storage> {
  if (!config.bucket) {
    const { openDiskStorage } = await import('./adapters/disk-storage.ts');
    return await openDiskStorage(config.objectsDir);
  }
  const { openS3Storage } = await import('./adapters/s3-storage.ts');
  const { name, region, ...bucket } = config.bucket;
  return await openS3Storage({
    ...bucket,
    bucket: name,
    region: region ?? config.AWS_REGION,
    credentials: bucketCredentials(config),
    linkOrigin: config.bucketOrigin,
    scratchDir: config.objectsDir,
  });
}

export async function openDataDirLock(config: Config): Promise<DataDirLock> {
  const { acquireDataDirLock } = await import('./adapters/data-dir-lock.ts');
  return await acquireDataDirLock(config.DATA_DIR);
}

/** Whether it was made already, running or not. */
export async function hasOwnDatabase(config: Config): Promise<boolean> {
  const { hasCluster } = await import('./adapters/own-postgres/layout.ts');
  return hasCluster(config.DATA_DIR);
}

/** The own PostgreSQL, copied while it runs; started for that where it does not. */
export async function backUpDatabase(config: Config, folder: string, log: Log): Promise<void> {
  const { backUpOwnPostgres } = await import('./adapters/own-postgres.ts');
  const logLine = (line: string): void => log.warn({}, line);
  await backUpOwnPostgres(
    { dataDir: config.DATA_DIR, postgresBin: config.POSTGRES_BIN, role: 'command', log: logLine },
    folder,
  );
}

/** Under the lock of DATA_DIR. Returns when the backup was taken. */
export async function restoreDatabase(config: Config, folder: string): Promise<string> {
  const { restoreOwnPostgres } = await import('./adapters/own-postgres.ts');
  return await restoreOwnPostgres(config.DATA_DIR, folder);
}
