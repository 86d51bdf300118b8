/**
 * Sends what callers want to be told. A message was written with what it tells, in one transaction; it is sent later,
 * outside of any, and tried again for a day. One that a sender died over is sent again, under the same id.
 */
import type { Job } from '../domain/job.ts';
import { type AttemptOutcome, composeMessage, decideAfterAttempt } from '../domain/webhook.ts';
import { whileDatabaseReturns } from '../store/database.ts';
import { findJob } from '../store/jobs.ts';
import { WEBHOOK_DUE } from '../store/notifications.ts';
import { type ClaimedDelivery, claimDelivery, endAttempt } from '../store/webhooks.ts';
import type { ServiceContext } from './context.ts';
import { signWebhook } from './sign-webhook.ts';
import { openSigningSecrets } from './webhook-secrets.ts';

export type WebhookOffice = {
  readonly ctx: ServiceContext;
  /** A job as its status tells it. */
  readonly describeJob: (job: Job) => object;
  /** Aborted when what is under way must be broken off. */
  readonly signal: AbortSignal;
};

/** How long an answer waits for a database that is away; then the lease runs out, and the message is sent again. */
const DATABASE_PATIENCE_MS = 10_000;

/** Undefined where none is due. The function makes the attempt. */
export async function takeDueWebhook(office: WebhookOffice): Promise<(() => Promise<void>) | undefined> {
  const claim = await claimDelivery(office.ctx.database);
  return claim && (() => attempt(office, claim));
}

/** `listener` also runs when a notification may have been missed. Returns the unsubscription. */
export function onWebhookDue(ctx: ServiceContext, listener: () => void): () => void {
  return ctx.notifications.subscribe(WEBHOOK_DUE, listener);
}

async function attempt(office: WebhookOffice, claim: ClaimedDelivery): Promise<void> {
  const { ctx } = office;
  const startedAt = performance.now();
  const outcome = await send(office, claim);
  const durationMs = Math.round(performance.now() - startedAt);
  const { tries } = claim;
  const next = decideAfterAttempt(outcome, { schedule: ctx.settings.webhookRetries, tries, random: Math.random() });
  const retryInSeconds = next.kind === 'retry' ? next.seconds : undefined;
  const end = { outcome, durationMs, retryInSeconds, isDelivered: next.kind === 'delivered' };
  await whileDatabaseReturns(DATABASE_PATIENCE_MS, () =>
    ctx.database.transaction().execute((tx) => endAttempt(tx, claim, end)),
  );
  const { id, accountId, event } = claim;
  ctx.log.info({ deliveryId: id, accountId, event, ...outcome, next: next.kind }, 'webhook attempted');
}

async function send({ ctx, describeJob, signal }: WebhookOffice, claim: ClaimedDelivery): Promise<AttemptOutcome> {
  const { id, accountId, jobId, event, url, createdAt } = claim;
  const job = jobId === null ? undefined : await findJob(ctx.database, accountId, jobId);
  const data = job ? describeJob(job) : claim.data;
  if (data === null) return { kind: 'failed', error: 'deleted' };
  const secrets = await openSigningSecrets(ctx, accountId);
  if (secrets.length === 0) return { kind: 'failed', error: 'unsigned' };
  const body = composeMessage(event, createdAt, data);
  return await ctx.webhooks.post({
    url,
    headers: signWebhook({ id, sentAt: new Date(), body, secrets }),
    body,
    signal,
  });
}
