/** The one table of error codes. HTTP statuses live in `http/errors.ts`, prose for readers in `docs/errors.md`. */

export const ERROR_MESSAGES = {
  invalid_parameter: 'A parameter has a value that is not accepted.',
  missing_file: 'No picture was sent. Send it as the multipart field "file", or as the raw body of the request.',
  invalid_source_url: 'The URL is not one that this server fetches a picture from.',
  source_unavailable: 'The picture could not be fetched from its URL.',
  invalid_webhook_url: 'The webhook URL is not one that this server sends to.',
  invalid_image: 'The file is not a picture, or it is damaged.',
  invalid_archive: 'The file is not a ZIP archive that can be read.',
  unsupported_format: 'The file is a picture in a format that this server cannot decode.',
  too_many_pixels: 'The picture has more pixels than this server accepts.',
  low_confidence: 'The confidence of the result is below the one that was asked for.',
  unknown_foreground: 'No subject was found, so that there is nothing to crop, scale or place.',
  roi_exceeds_bounds: 'The region of interest lies partly outside of the picture.',
  roi_region_empty: 'The region of interest holds no pixel.',
  invalid_background: 'The picture for the background is missing, is not a picture, or is damaged.',
  invalid_api_key: 'The API key is missing, malformed, unknown, revoked or expired.',
  not_signed_in: 'Nobody is signed in. Sign in, and send the request again.',
  payment_required: 'This has to be paid first.',
  cross_origin: 'This address answers the pages of its own origin only.',
  account_suspended: 'This account is suspended. Whoever runs this server can tell why.',
  key_restricted: 'The key may not be used for this request, or not from this page.',
  plan_required: 'The plan of this account does not include this request.',
  not_found: 'There is nothing at this address.',
  method_not_allowed: 'This address does not answer this method.',
  request_timeout: 'The request did not arrive whole in the time that it has.',
  billing_conflict: 'What is paid for already does not go with this request.',
  idempotency_conflict: 'The idempotency key was already used with another body.',
  cancelled: 'The removal was cancelled before it began. Nothing was charged.',
  batch_unfinished: 'The batch still has pictures under way.',
  gone: 'The result has expired and was deleted.',
  range_not_satisfiable: 'The range that was asked for lies outside of the result.',
  file_too_large: 'The file is larger than the plan of this account allows.',
  rate_limit_exceeded: 'Too many requests. Wait as long as Retry-After says, and send the request again.',
  quota_exceeded: 'The removals of this month are used up.',
  processing_failed: 'The picture could not be processed. Nothing was charged.',
  internal_error: 'Something went wrong on the server. A removal that did not complete is not charged.',
  billing_unavailable: 'The payment service does not answer at present. Nothing was changed; try again later.',
  overloaded: 'The server has more work than it can take. Send the request again later.',
} as const;

export type ErrorCode = keyof typeof ERROR_MESSAGES;

/** Why a picture could not become a cutout; each is safe to show to the caller. */
export const PIPELINE_ERROR_CODES = [
  'invalid_image',
  'unsupported_format',
  'too_many_pixels',
  'low_confidence',
  'unknown_foreground',
  'roi_exceeds_bounds',
  'roi_region_empty',
  'invalid_background',
  'processing_failed',
  'cancelled',
] as const satisfies readonly ErrorCode[];

export type PipelineErrorCode = (typeof PIPELINE_ERROR_CODES)[number];

/** A refusal that the caller may read: `message` never carries a path, SQL, a stack or a library's text. */
export class RemuvrError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string = ERROR_MESSAGES[code], options: { retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = 'RemuvrError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
