/** What every verb is given: the doors to the world, and the settings that decide. */
import type { PlanTable } from '../domain/plan.ts';
import type { RetrySchedule } from '../domain/webhook.ts';
import type { Billing } from '../ports/billing.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { SourceFetcher } from '../ports/source-fetcher.ts';
import type { Storage } from '../ports/storage.ts';
import type { Traces } from '../ports/traces.ts';
import type { WebhookPoster } from '../ports/webhook-poster.ts';
import type { Database } from '../store/database.ts';
import type { Notifications } from '../store/notifications.ts';
import type { Queue } from '../store/queue.ts';
import type { StepBoard } from './job-steps.ts';

export type ServiceSettings = {
  readonly maxPixels: number;
  readonly maxQueue: number;
  readonly maxAccountQueue: number;
  readonly resultTtlSeconds: number;
  readonly webhookRetries: RetrySchedule;
};

/** Structured lines; never a key, a picture or a body. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type ServiceContext = {
  readonly database: Database;
  readonly queue: Queue;
  readonly notifications: Notifications;
  readonly steps: StepBoard;
  readonly storage: Storage;
  readonly sources: SourceFetcher;
  readonly webhooks: WebhookPoster;
  /** Opened by the first who needs it: a worker, who has no use for it, is not asked for the secret. */
  readonly secretBox: () => Promise<SecretBox>;
  readonly billing: Billing;
  readonly plans: PlanTable;
  readonly settings: ServiceSettings;
  readonly metrics: Metrics;
  readonly traces: Traces;
  readonly log: Log;
};

/** The part that verbs about payments need. */
export type BillingContext = Pick<ServiceContext, 'database' | 'billing' | 'plans' | 'log'>;

/** The part that verbs about the secrets of webhooks need. */
export type SecretContext = Pick<ServiceContext, 'database' | 'secretBox'>;

/** The part that most verbs about keys and people need. */
export type DatabaseContext = Pick<ServiceContext, 'database'>;

/** With what accounts may: all that a command has, which needs no queue and no storage. */
export type AccountContext = Pick<ServiceContext, 'database' | 'plans'>;
