export type { Auth, ErrorCode, Job, RemovalFields, Usage } from './api-types.ts';
export {
  type CompletedJob,
  type Fetch,
  type Progress,
  type RemovalOptions,
  Remuvr,
  type RemuvrSettings,
} from './client.ts';
export { type ClientErrorCode, RemuvrError } from './errors.ts';
export type { FieldValue } from './form.ts';
export type { PictureInput } from './input.ts';
export { type ForegroundBox, type RemovalFacts, RemovalResult } from './result.ts';
export type { CallOptions, UploadOptions } from './transport.ts';
export { verifyWebhook, type WebhookHeaders, type WebhookOptions } from './webhook.ts';
