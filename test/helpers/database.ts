/** A migrated database of the real PostgreSQL, in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDiskStorage } from '../../src/adapters/disk-storage.ts';
import { createGuardedPost } from '../../src/adapters/guarded-fetch/post.ts';
import { createGuardedFetch } from '../../src/adapters/guarded-fetch.ts';
import { createNoBilling } from '../../src/adapters/no-billing.ts';
import { openOwnPostgres } from '../../src/adapters/own-postgres.ts';
import { createSecretBox } from '../../src/adapters/secret-box.ts';
import { DEFAULT_PLANS } from '../../src/domain/plan.ts';
import { NO_METRICS } from '../../src/ports/metrics.ts';
import { NO_TRACES } from '../../src/ports/traces.ts';
import { authenticateCaller, type Caller } from '../../src/services/authenticate-caller.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { openStepBoard } from '../../src/services/job-steps.ts';
import { createKey, type NewKey } from '../../src/services/manage-keys.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { openNotifications } from '../../src/store/notifications.ts';
import { openQueue } from '../../src/store/queue.ts';
import { copyCluster } from './cluster.ts';

export type TestContext = { readonly ctx: ServiceContext; readonly folder: string; close(): Promise<void> };

const fail = (error: Error): void => {
  throw error;
};

/** A context whose every part is the real one; what it logs is dropped. */
export async function openTestContext(settings: Partial<ServiceContext['settings']> = {}): Promise<TestContext> {
  const folder = await mkdtemp(path.join(tmpdir(), 'remuvr-context-'));
  await copyCluster(folder);
  const postgres = await openOwnPostgres({ dataDir: folder, role: 'command', log: () => {} });
  const { connectionString } = postgres;
  const database = openDatabase({ connectionString, maxConnections: 10, onLost: fail });
  await migrateDatabase(database);
  const notifications = await openNotifications(connectionString, fail);
  const queue = await openQueue(database, fail);
  const storage = await openDiskStorage(path.join(folder, 'objects'));
  const ctx: ServiceContext = {
    database,
    queue,
    notifications,
    steps: openStepBoard(notifications),
    storage,
    sources: createGuardedFetch({ hosts: { hasPublic: false, named: [], ports: [] } }),
    webhooks: createGuardedPost({ hosts: { hasPublic: false, named: [], ports: [] } }),
    secretBox: async () => createSecretBox('the secret of the tests', 'webhooks'),
    billing: createNoBilling(),
    plans: DEFAULT_PLANS,
    settings: {
      maxPixels: 1e6,
      maxQueue: 1000,
      maxAccountQueue: 500,
      resultTtlSeconds: 3600,
      webhookRetries: [],
      ...settings,
    },
    metrics: NO_METRICS,
    traces: NO_TRACES,
    log: { info() {}, warn() {}, error() {} },
  };
  const close = async (): Promise<void> => {
    await queue.stop();
    await notifications.close();
    await database.destroy();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ctx, folder, close };
}

export async function createCaller(ctx: ServiceContext, given: Partial<Omit<NewKey, 'ctx'>>): Promise<Caller> {
  const limits = { monthlyRemovals: null, requestsPerSecond: null, maxFileSize: null };
  const defaults = {
    accountName: undefined,
    plan: undefined,
    kind: 'live' as const,
    limits,
    quality: null,
    expiresAt: null,
  };
  const made = await createKey({ ctx, ...defaults, ...given });
  if (made.kind === 'refused') throw new Error(made.sentence);
  return await authenticateCaller({ ctx, key: made.key });
}
