/** The tables as Kysely sees them; the truth is in `migrations/`. */
import type { ColumnType, Generated } from 'kysely';
import type { KeyKind } from '../domain/api-key.ts';
import type { BillingState } from '../domain/billing.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { JobReport, JobStatus } from '../domain/job.ts';
import type { PlanName } from '../domain/plan.ts';
import type { Quality, RemovalOptions } from '../domain/removal-options.ts';
import type { AlertLevel } from '../domain/usage-alert.ts';
import type { AttemptError, DeliveryStatus, WebhookEvent } from '../domain/webhook.ts';
import type { WorkerIdentity, WorkerState } from '../domain/worker.ts';

/** Written as JSON text, read as a value. */
type Json<T> = ColumnType<T, string, string>;

type LimitColumns = {
  monthly_removals: number | null;
  requests_per_second: number | null;
  max_file_size: number | null;
};

export type Tables = {
  accounts: LimitColumns & {
    id: Generated<string>;
    name: string;
    plan: PlanName;
    created_at: Generated<Date>;
    owner_id: string | null;
    is_admin: Generated<boolean>;
    closed_at: Date | null;
    next_plan: PlanName | null;
    plan_changes_at: Date | null;
    suspended_at: Date | null;
    usage_alerts: Generated<boolean>;
  };
  installation: { is_only_row: Generated<boolean>; id: Generated<string>; marked_at: Date | null };
  first_admin: { is_only_row: Generated<boolean>; made_at: Generated<Date> };
  api_keys: LimitColumns & {
    id: Generated<string>;
    account_id: string;
    kind: KeyKind;
    hash: Buffer;
    masked: string;
    quality: Quality | null;
    created_at: Generated<Date>;
    expires_at: Date | null;
    revoked_at: Date | null;
    name: Generated<string>;
    last_used_at: Date | null;
    origins: Generated<string[]>;
  };
  rate_buckets: { scope_id: string; tokens: number; updated_at_ms: number };
  usage_periods: {
    scope_id: string;
    period: string;
    used: Generated<number>;
    reserved: Generated<number>;
    carried: Generated<number>;
  };
  left_usage: { address_hash: Buffer; period: string; used: number };
  jobs: {
    id: string;
    account_id: string;
    key_id: string | null;
    status: Generated<JobStatus>;
    plan: PlanName;
    priority: number;
    options: Json<RemovalOptions>;
    is_test: boolean;
    scopes: string[];
    period: string;
    result_name: string;
    attempt: Generated<number>;
    report: Json<JobReport> | null;
    error_code: ErrorCode | null;
    error_message: string | null;
    created_at: Generated<Date>;
    started_at: Date | null;
    completed_at: Date | null;
    expires_at: Date | null;
    is_upload_deleted: Generated<boolean>;
    is_result_deleted: Generated<boolean>;
    deleted_at: Date | null;
    webhook_url: string | null;
  };
  idempotency_keys: {
    account_id: string;
    key_hash: Buffer;
    fingerprint: Buffer;
    job_id: string;
    created_at: Generated<Date>;
  };
  batches: { id: string; account_id: string; created_at: Generated<Date>; deleted_at: Date | null };
  batch_items: {
    batch_id: string;
    position: number;
    name: string;
    job_id: string | null;
    error_code: ErrorCode | null;
    error_message: string | null;
  };
  presets: {
    account_id: string;
    name: string;
    parameters: Json<Readonly<Record<string, string>>>;
    updated_at: Generated<Date>;
  };
  usage_alerts: {
    account_id: string;
    period: string;
    level: AlertLevel;
    quota: number;
    attempts: Generated<number>;
    next_try_at: Generated<Date>;
    sent_at: Date | null;
  };
  ledger: {
    seq: Generated<number>;
    account_id: string;
    job_id: string;
    period: string;
    entry: 'reserve' | 'charge' | 'release';
    created_at: Generated<Date>;
    /** In the chain of its account's month; both are the database's to write. */
    position: Generated<number>;
    hash: Generated<Buffer>;
  };
  billing_customers: {
    account_id: string;
    customer_id: string | null;
    created_at: Generated<Date>;
    look_begun: Generated<number>;
    look_applied: Generated<number>;
    looked_at: Generated<Date>;
    billed_plan: Generated<PlanName>;
    state: Generated<BillingState>;
    grace_ends_at: Date | null;
    renews_at: Date | null;
  };
  webhook_secrets: {
    id: Generated<string>;
    account_id: string;
    sealed: Buffer;
    created_at: Generated<Date>;
    expires_at: Date | null;
  };
  webhook_deliveries: {
    id: Generated<string>;
    account_id: string;
    event: WebhookEvent;
    url: string;
    job_id: string | null;
    data: Json<object> | null;
    status: Generated<DeliveryStatus>;
    attempts: Generated<number>;
    tries: Generated<number>;
    next_try_at: Generated<Date | null>;
    leased_until: Date | null;
    created_at: Generated<Date>;
    ended_at: Date | null;
  };
  webhook_attempts: {
    delivery_id: string;
    number: number;
    started_at: Generated<Date>;
    duration_ms: number | null;
    http_status: number | null;
    error: AttemptError | null;
  };
  workers: WorkerIdentity & {
    state: WorkerState;
    running: number;
    jobs_done: number;
    memory_mib: number;
    job_ms: number | null;
    started_at: Generated<Date>;
    seen_at: Generated<Date>;
  };
  billing_events: { id: string; received_at: Generated<Date> };
};

export type LedgerEntry = Tables['ledger']['entry'];
