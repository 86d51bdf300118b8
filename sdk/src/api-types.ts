/** Made from the OpenAPI document by `npm run build:client-types`. */

export type RemovalFields = {
  /** A picture for the background, in place of `background`. */
  readonly background_file?: string | number | boolean | Blob | undefined;
  /** File format of the result. */
  readonly format?: 'png' | 'webp' | 'avif' | 'jpg' | 'tiff' | 'zip' | undefined;
  /** `cutout`: the picture with its background transparent; `mask`: the matte in grey; `alpha16`: the same in 16 bits, as `png` or `tiff`; `foreground`: the colours of the subject, opaque; `trimap`: 255 subject, 0 background, 128 where it is not sure. */
  readonly output?: 'cutout' | 'mask' | 'alpha16' | 'foreground' | 'trimap' | undefined;
  /** `fast`: the matte of the network alone; `auto`: bodies, edges and colours refined, on two views where one is in doubt; `best`: on two always, in four times the time of inference. */
  readonly quality?: 'fast' | 'auto' | 'best' | undefined;
  /** A number from 0 to 1: a result of less confidence is a `low_confidence` error, and is not charged. */
  readonly min_confidence?: number | undefined;
  /** Edits under one name: `amazon`, `ebay`, `shopify`, `passport`, or one of your own. */
  readonly preset?: string | undefined;
  /** Megapixels of the result at most: `preview`, `small`, `regular` 0.25, `medium` 1.5, `hd` 4, `full`, `4k` 25 (PNG 10), `50MP` 50, `auto` as many as there are. */
  readonly size?: 'auto' | 'preview' | 'small' | 'regular' | 'medium' | 'hd' | 'full' | '4k' | '50MP' | undefined;
  /** `x1 y1 x2 y2`, each in px or %: only what lies between these corners may be subject, such as `10% 10% 90% 90%`. */
  readonly roi?: string | undefined;
  /** `true` or `false`: cut to the box around the subject. */
  readonly crop?: string | undefined;
  /** Space around a cropped subject: 1, 2 or 4 values (top, right, bottom, left) in px, to 500, or in % of the subject, to 50. */
  readonly crop_margin?: string | undefined;
  /** `10%` to `100%` of the result that the subject fills, or `original`. */
  readonly scale?: string | undefined;
  /** `original`, `center`, or where in the free space the subject lies: one or two values from `0%` to `100%`, across and down. */
  readonly position?: string | undefined;
  /** A colour (hexadecimal of 3, 4, 6 or 8 digits, or a CSS name), `linear-gradient(angle, colour, colour)`, or `blur`. */
  readonly background?: string | undefined;
  /** `drop`: as if before a wall; `contact`: as if on the ground; `none`. */
  readonly shadow?: 'none' | 'drop' | 'contact' | undefined;
  /** 0 to 100, how dark a shadow is; 50 without it. */
  readonly shadow_opacity?: string | undefined;
  /** A line around the subject: its width in px, to 200, or in % of the subject, to 10, and its colour, such as `8px white`. */
  readonly outline?: string | undefined;
  /** `keep`: the result tells of camera, time and place what the EXIF of the photo tells; `strip`, and without it: nothing. */
  readonly metadata?: 'strip' | 'keep' | undefined;
  /** 1 to 2400: dots an inch, told in a png, jpg or tiff to whoever prints it. */
  readonly dpi?: string | undefined;
  /** The address of a picture for the background, in place of `background`. */
  readonly background_url?: string | undefined;
  /** The same as `image_url`. */
  readonly url?: string | undefined;
};

export type Job =
  | {
      readonly id: string;
      readonly createdAt: string;
      readonly status: 'processing';
      readonly stage?: 'queued' | undefined;
      /** Place in the queue, 1 for the next. */
      readonly position?: number | undefined;
      /** Until it is likely begun. */
      readonly estimatedWaitSeconds?: number | undefined;
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

export type ErrorCode = 'invalid_parameter' | 'missing_file' | 'invalid_source_url' | 'source_unavailable' | 'invalid_webhook_url' | 'invalid_image' | 'invalid_archive' | 'unsupported_format' | 'too_many_pixels' | 'low_confidence' | 'unknown_foreground' | 'roi_exceeds_bounds' | 'roi_region_empty' | 'invalid_background' | 'invalid_api_key' | 'not_signed_in' | 'payment_required' | 'cross_origin' | 'account_suspended' | 'key_restricted' | 'plan_required' | 'not_found' | 'method_not_allowed' | 'request_timeout' | 'billing_conflict' | 'idempotency_conflict' | 'cancelled' | 'batch_unfinished' | 'gone' | 'range_not_satisfiable' | 'file_too_large' | 'rate_limit_exceeded' | 'quota_exceeded' | 'processing_failed' | 'internal_error' | 'billing_unavailable' | 'overloaded';
