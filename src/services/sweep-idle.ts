/** Rows that only grow in number: buckets of visitors who have gone, sessions that have run out, mails long sent, keys of yesterday's removals, messages of last month, workers that were killed. */
import { quotaPeriod } from '../domain/quota.ts';
import { readClock } from '../store/database.ts';
import { deletePastIdempotencyKeys } from '../store/idempotency-keys.ts';
import { deletePastLeftUsage } from '../store/left-usage.ts';
import { deleteStaleSessions, hashClearTokens } from '../store/owned-accounts.ts';
import { deleteIdleBuckets } from '../store/rate-buckets.ts';
import { deletePastAlerts } from '../store/usage-alerts.ts';
import { deleteExpiredWebhookSecrets } from '../store/webhook-secrets.ts';
import { deletePastDeliveries } from '../store/webhooks.ts';
import { deleteSilentWorkers } from '../store/workers.ts';
import type { DatabaseContext } from './context.ts';

export async function sweepIdle(ctx: DatabaseContext): Promise<void> {
  await deleteIdleBuckets(ctx.database);
  await deleteStaleSessions(ctx.database);
  await hashClearTokens(ctx.database);
  await deletePastAlerts(ctx.database);
  await deletePastIdempotencyKeys(ctx.database);
  await deleteExpiredWebhookSecrets(ctx.database);
  await deletePastDeliveries(ctx.database);
  await deleteSilentWorkers(ctx.database);
  await deletePastLeftUsage(ctx.database, quotaPeriod(await readClock(ctx.database)).start);
}
