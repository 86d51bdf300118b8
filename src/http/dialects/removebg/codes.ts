/** The errors of remove.bg's API 1.0 as data, and what each of ours is called there. */
import type { ErrorCode } from '../../../domain/errors.ts';

/** Status and title of each code. The detail is ours. */
export const REMOVEBG_ERRORS = {
  auth_failed: [403, 'API Key invalid'],
  insufficient_credits: [402, 'Insufficient credits'],
  rate_limit_exceeded: [429, 'Rate limit exceeded'],
  missing_source: [400, 'No image given'],
  multiple_sources: [400, 'Multiple image sources given'],
  multiple_bg_sources: [400, 'Multiple background sources given'],
  invalid_image_url: [400, 'Invalid image_url parameter given'],
  failed_image_download: [400, 'Failed to download image from given image_url'],
  invalid_bg_image_url: [400, 'Invalid bg_image_url parameter given'],
  failed_bg_download: [400, 'Failed to download background image'],
  invalid_file_type: [400, 'Invalid file type'],
  failed_to_read_image: [400, 'There was an error reading the image.'],
  invalid_dimensions: [400, 'Failed to read image dimensions'],
  file_too_large: [400, 'File too large'],
  resolution_too_high: [400, 'Resolution of the image is too high'],
  unknown_foreground: [400, 'Could not identify foreground in image.'],
  roi_exceeds_bounds: [400, 'ROI exceeds image bounds'],
  roi_region_empty: [400, 'ROI region is empty'],
  invalid_size: [400, 'Invalid size parameter given'],
  invalid_format: [400, 'Invalid format parameter given'],
  invalid_roi: [400, 'Invalid roi parameter given'],
  invalid_crop_margin: [400, 'Invalid crop_margin parameter given'],
  invalid_scale: [400, 'Invalid scale parameter given'],
  invalid_position: [400, 'Invalid position parameter given'],
  invalid_channels: [400, 'Invalid channels parameter given'],
  invalid_semitransparency: [400, 'Invalid semitransparency parameter given'],
  invalid_bg_color: [400, 'Invalid bg_color parameter given'],
  // Not of their documentation, which has no word for these.
  invalid_parameter: [400, 'Invalid parameter given'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  idempotency_conflict: [409, 'Idempotency key used with another request'],
  gone: [410, 'The result has expired'],
  request_timeout: [408, 'The request did not arrive in time'],
  processing_failed: [500, 'The image could not be processed'],
  internal_error: [500, 'Internal error'],
  overloaded: [503, 'Service unavailable'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type RemovebgCode = keyof typeof REMOVEBG_ERRORS;

/** Where theirs has another name. A code of neither table cannot come from these routes. */
export const REMOVEBG_NAMES: Readonly<Partial<Record<ErrorCode, RemovebgCode>>> = {
  invalid_api_key: 'auth_failed',
  account_suspended: 'auth_failed',
  key_restricted: 'auth_failed',
  plan_required: 'auth_failed',
  quota_exceeded: 'insufficient_credits',
  missing_file: 'missing_source',
  invalid_source_url: 'invalid_image_url',
  source_unavailable: 'failed_image_download',
  invalid_image: 'failed_to_read_image',
  unsupported_format: 'invalid_file_type',
  invalid_background: 'failed_to_read_image',
  too_many_pixels: 'resolution_too_high',
  // Asked for by this dialect alone, to tell an empty answer from a cutout.
  low_confidence: 'unknown_foreground',
};
