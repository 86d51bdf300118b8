/** What S3 and the way to it answer, as a sentence for the operator. */
import { StorageOutage } from '../../ports/storage.ts';

type Answer = Error & {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
};

/** Where the bucket is, as a sentence names it. */
export type Place = { readonly bucket: string; readonly at: string };

const statusOf = (error: unknown): number | undefined => (error as Answer).$metadata?.httpStatusCode;

export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound');

/** Whether another try may succeed: it is away, hurried, or broke off. A refusal stays one. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 429 || status === 408;
}

const OTHER_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

export function toOutage(error: unknown, place: Place): StorageOutage {
  if (error instanceof StorageOutage) return error;
  // Without its cause, which holds the head of the request, and with it the signature.
  return new StorageOutage(sentenceOf(error as Answer, place));
}

function sentenceOf(error: Answer, { bucket, at }: Place): string {
  const status = statusOf(error);
  const { name, code } = error;
  if (name === 'NoSuchBucket' || isAbsent(error)) return `The bucket "${bucket}" of STORAGE_URL is not there (${at}).`;
  if (OTHER_REGION.has(name) || status === 301) {
    return `The bucket "${bucket}" lies in another region: name it in STORAGE_URL by region=.`;
  }
  if (status === 401 || status === 403) {
    return `The bucket "${bucket}" refuses the access key (${name}): check AWS_ACCESS_KEY_ID, its secret and what it may.`;
  }
  if (name === 'CredentialsProviderError') {
    return `There is no access key for the bucket "${bucket}": set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  }
  if (name === 'TimeoutError' || name === 'AbortError') return `The storage at ${at} did not answer in time.`;
  if (status !== undefined) return `The storage at ${at} answered ${status} (${name}).`;
  return `The storage at ${at} cannot be reached (${typeof code === 'string' ? code : name}).`;
}
