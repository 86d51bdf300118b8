/** What the public API refuses with, and what to do then; docs/errors.md tells more. */
type Row = { readonly status: number; readonly code: string; readonly advice: string };

export const ERRORS: readonly Row[] = [
  {
    status: 400,
    code: 'invalid_parameter',
    advice: 'Correct the request: the message names the parameter and what it may be.',
  },
  {
    status: 400,
    code: 'missing_file',
    advice: 'Send -F "file=@image.jpg". Without the @ curl sends the name as text.',
  },
  {
    status: 400,
    code: 'invalid_source_url',
    advice: 'Give an http or https address of a public host that leads to the picture itself.',
  },
  {
    status: 400,
    code: 'source_unavailable',
    advice: 'Open the address without being signed in anywhere. If the picture is there, try again, or send the file.',
  },
  {
    status: 400,
    code: 'invalid_webhook_url',
    advice: 'Give an https address of a public host; the operator may allow others.',
  },
  {
    status: 400,
    code: 'invalid_image',
    advice: 'Open the file in a viewer. If it is whole there, save it again as JPEG or PNG.',
  },
  { status: 400, code: 'invalid_archive', advice: 'Pack the ZIP again, or send the pictures themselves.' },
  { status: 400, code: 'unsupported_format', advice: 'Convert it to JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP.' },
  { status: 400, code: 'too_many_pixels', advice: 'Send a smaller picture.' },
  {
    status: 400,
    code: 'low_confidence',
    advice: 'Take a picture where the subject stands out more, or ask for a lower min_confidence.',
  },
  {
    status: 400,
    code: 'unknown_foreground',
    advice: 'Leave crop, scale, position and preset away, or take another picture.',
  },
  { status: 400, code: 'roi_exceeds_bounds', advice: 'Correct the corners of roi, or give them in per cent.' },
  { status: 400, code: 'roi_region_empty', advice: 'Give the upper left corner of roi first.' },
  { status: 400, code: 'invalid_background', advice: 'Save the background picture again as JPEG or PNG.' },
  {
    status: 401,
    code: 'invalid_api_key',
    advice: 'Look at the header: Authorization: Bearer rmv_live_… The key may be revoked or expired.',
  },
  { status: 403, code: 'plan_required', advice: 'Choose another plan, or use a test key.' },
  {
    status: 403,
    code: 'key_restricted',
    advice: 'Call POST /remove from a page of an origin that the key names, or use a live key on your server.',
  },
  { status: 403, code: 'account_suspended', advice: 'Ask whoever runs this server.' },
  { status: 404, code: 'not_found', advice: 'Check the address. Take the id from X-Job-Id, the link from result.' },
  { status: 405, code: 'method_not_allowed', advice: 'Use a method that Allow lists; /remove is POST.' },
  { status: 408, code: 'request_timeout', advice: 'Send a smaller file, or use a faster connection.' },
  {
    status: 409,
    code: 'idempotency_conflict',
    advice: 'Take a new Idempotency-Key for another request; the same one only repeats the first.',
  },
  { status: 409, code: 'cancelled', advice: 'Its batch was cancelled. Send the picture again if it is wanted.' },
  { status: 409, code: 'batch_unfinished', advice: 'Fetch the archive when the batch has ended.' },
  { status: 410, code: 'gone', advice: 'The result has expired. Send the picture again.' },
  { status: 413, code: 'file_too_large', advice: 'Send a smaller file, or choose another plan.' },
  { status: 429, code: 'rate_limit_exceeded', advice: 'Wait as Retry-After says, then send it again.' },
  { status: 429, code: 'quota_exceeded', advice: 'Wait for resetDate, or choose another plan.' },
  {
    status: 500,
    code: 'processing_failed',
    advice: 'Try another file; the operator finds the reason in the log by the id of the job.',
  },
  {
    status: 500,
    code: 'internal_error',
    advice: 'Send it again. If it stays, tell the operator the requestId of the answer.',
  },
  { status: 503, code: 'overloaded', advice: 'Wait as Retry-After says, then send it again.' },
];
