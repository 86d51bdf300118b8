/** Made from the OpenAPI document by `npm run build:client-types`. */

export type RemovalFields = {
  /** File format of the result. `jpg` is flattened over white; `zip` holds color.jpg and alpha.png. */
  readonly format?: 'png' | 'webp' | 'avif' | 'jpg' | 'zip' | undefined;
  /** `cutout`: the picture with its background transparent; `mask`: the matte in grey. */
  readonly output?: 'cutout' | 'mask' | undefined;
  /** `fast`: the matte of the network alone; `auto`: bodies, edges and colours refined; `best`: the same from two views, in single precision, in five times the time of inference. Without it, the default of the key, else the setting QUALITY. */
  readonly quality?: 'fast' | 'auto' | 'best' | undefined;
  /** A number from 0 to 1: a result of less confidence is a `low_confidence` error, and is not charged. */
  readonly min_confidence?: number | undefined;
};

export type Job =
  | {
      readonly id: string;
      readonly createdAt: string;
      readonly status: 'processing';
      readonly stage?: 'queued' | undefined;
      /** Place in the queue, 1 for the next. */
      readonly position?: number | undefined;
    }
  | {
      readonly id: string;
      readonly createdAt: string;
      readonly status: 'completed';
      readonly completedAt: string;
      readonly result: string;
      /** The chance, 0 to 1, that the matte overlaps the true one by 90 % and more (IoU); 0 where nothing was found. */
      readonly confidence?: number | undefined;
    }
  | {
      readonly id: string;
      readonly createdAt: string;
      readonly status: 'failed';
      readonly completedAt: string;
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
      };
    };

export type Usage = {
  /** The plan of the account. */
  readonly plan: string;
  /** Removals of this month. */
  readonly totalRequests: number;
  readonly remainingRequests: number;
  /** When the quota is renewed: the first of the next month, UTC. */
  readonly resetDate: string;
  readonly limits: {
    /** Bytes of one file. */
    readonly maxFileSize: number;
    readonly requestsPerSecond: number;
  };
};

export type Auth = {
  readonly status: 'success';
  readonly message: 'API key is valid';
  /** The plan of the account. */
  readonly plan: string;
  /** Removals left this month. */
  readonly requestsRemaining: number;
  /** When the quota is renewed: the first of the next month, UTC. */
  readonly resetDate: string;
};

export type ErrorCode = 'invalid_parameter' | 'missing_file' | 'invalid_image' | 'unsupported_format' | 'too_many_pixels' | 'low_confidence' | 'invalid_api_key' | 'not_signed_in' | 'payment_required' | 'cross_origin' | 'account_suspended' | 'key_restricted' | 'plan_required' | 'not_found' | 'method_not_allowed' | 'request_timeout' | 'billing_conflict' | 'idempotency_conflict' | 'gone' | 'range_not_satisfiable' | 'file_too_large' | 'rate_limit_exceeded' | 'quota_exceeded' | 'processing_failed' | 'internal_error' | 'billing_unavailable' | 'overloaded';
