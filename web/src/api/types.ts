/** What the routes of the dashboard answer. */

export type ServerInfo = {
  readonly billing: 'none' | 'stripe';
  readonly mail: 'smtp' | 'log';
  readonly providers: readonly ('google' | 'github')[];
  readonly version: string;
};
export type PublicServerInfo = ServerInfo & { readonly needsFirstAccount: boolean };

/** A cut-out of the landing page that the server has made itself. */
export type Demo = {
  readonly name: string;
  readonly url: string;
  readonly model: string;
  readonly seconds: number;
};

export type User = {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly emailVerified: boolean;
  readonly twoFactorEnabled: boolean;
  readonly isAdmin: boolean;
};

export type Account = {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly nextPlan: string | null;
  readonly planChangesAt: string | null;
  readonly usageAlerts: boolean;
};

/** As far as the payment service has told; null where the server takes no payments. */
export type Billing = {
  readonly state: 'none' | 'active' | 'past_due';
  readonly graceEndsAt: string | null;
  readonly renewsAt: string | null;
  readonly hasPortal: boolean;
};

export type Me = {
  readonly user: User;
  readonly account: Account;
  readonly billing: Billing | null;
  readonly server: ServerInfo;
};

export type Plan = {
  readonly name: string;
  readonly title: string;
  readonly price: { readonly amount: number; readonly currency: string; readonly per: string } | null;
  readonly monthlyRemovals: number;
  readonly requestsPerSecond: number;
  readonly maxFileSize: number;
  readonly priority: number;
  readonly features: readonly string[];
  readonly hasLiveKeys: boolean;
  /** Given by an admin; nobody chooses it. */
  readonly hasCustomLimits: boolean;
};

export type KeyKind = 'live' | 'test' | 'publishable';
export type Quality = 'fast' | 'auto' | 'best';
export type Limits = {
  readonly requestsPerSecond: number | null;
  readonly monthlyRemovals: number | null;
  readonly maxFileSize: number | null;
};

export type ApiKey = {
  readonly id: string;
  readonly name: string;
  readonly kind: KeyKind;
  readonly masked: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly requestsThisMonth: number;
  readonly quality: Quality | null;
  readonly limits: Limits | null;
  readonly origins: readonly string[];
};

export type NewKey = {
  readonly name: string;
  readonly kind: KeyKind;
  readonly expiresAt?: string;
  readonly limits?: Partial<Limits>;
  readonly quality?: Quality;
  readonly origins?: readonly string[];
};
export type MadeKey = { readonly id: string; readonly key: string };

export type Counts = { readonly succeeded: number; readonly failed: number };
export type Usage = {
  readonly month: string;
  readonly used: number;
  readonly quota: number;
  readonly resetsAt: string;
  readonly days: readonly (Counts & { readonly date: string })[];
  readonly keys: readonly (Counts & { readonly id: string | null; readonly name: string })[];
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
};

export type JobStatus = 'queued' | 'processing' | 'completed' | 'failed';
export type JobError = { readonly code: string; readonly message: string };
export type Job = {
  readonly id: string;
  readonly status: JobStatus;
  readonly createdAt: string;
  readonly completedAt: string | null;
  readonly keyName: string | null;
  readonly format: string;
  readonly output: string;
  readonly quality: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly timings: Readonly<Record<string, number>> | null;
  readonly confidence: number | null;
  readonly error: JobError | null;
  /** Of this origin. */
  readonly thumbnailUrl: string | null;
  readonly resultUrl: string | null;
};
export type JobPage = { readonly jobs: readonly Job[]; readonly nextCursor: string | null };

export type WebhookSecretInfo = {
  readonly id: string;
  readonly createdAt: string;
  /** Null for the newest. */
  readonly expiresAt: string | null;
};

export type DeliveryAttempt = {
  readonly number: number;
  readonly startedAt: string;
  /** Null while it is under way. */
  readonly durationMs: number | null;
  readonly status: number | null;
  readonly error: JobError | null;
};
export type Delivery = {
  readonly id: string;
  readonly event: string;
  readonly jobId: string | null;
  readonly url: string;
  readonly status: 'pending' | 'delivered' | 'failed';
  readonly createdAt: string;
  readonly nextTryAt: string | null;
  readonly attempts: readonly DeliveryAttempt[];
};
export type DeliveryPage = { readonly deliveries: readonly Delivery[]; readonly nextCursor: string | null };

export type Stage = 'queued' | 'decode' | 'infer' | 'refine' | 'encode';
export type JobState = {
  readonly status: JobStatus;
  readonly position?: number;
  readonly estimatedWaitSeconds?: number;
  readonly stage?: Stage;
  readonly result?: string;
  readonly mask?: string;
  readonly error?: JobError | string;
};

export type Preset = {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly updatedAt: string;
};

/** One way of signing in: `credential` is the password. */
export type LinkedAccount = { readonly providerId: string };

export type Session = {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string;
  readonly ipAddress?: string | null;
  readonly userAgent?: string | null;
};
