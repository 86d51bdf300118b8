/** Where objects are kept: a folder, or a bucket of S3 and what speaks it. */
import { fileURLToPath } from 'node:url';
import type { Format } from './formats.ts';

export type Bucket = {
  readonly name: string;
  /** Before each key; empty, or with a slash at its end. */
  readonly prefix: string;
  /** Origin of what speaks S3; without it Amazon's own of the region. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** Whether the bucket is named in the path of each address, not in its host. */
  readonly forcePathStyle: boolean;
};

export type StorageUrl =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'bucket'; readonly bucket: Bucket };

const KNOWN_QUERY = ['endpoint', 'region', 'forcePathStyle'];

export const storageUrl: Format<StorageUrl> = {
  describe: 'file:///folder, or s3://bucket/prefix with endpoint, region and forcePathStyle in its query',
  parse(text) {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    if (url.protocol === 'file:') {
      return url.hostname === '' ? { kind: 'folder', folder: fileURLToPath(url) } : undefined;
    }
    const bucket = url.protocol === 's3:' ? parseBucket(url) : undefined;
    return bucket && { kind: 'bucket', bucket };
  },
};

/** Credentials have settings of their own, and no place in an address that is shown. */
function parseBucket({ hostname: name, pathname, searchParams, username, password, port }: URL): Bucket | undefined {
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const endpoint = searchParams.get('endpoint')?.replace(/\/+$/, '') || undefined;
  const style = searchParams.get('forcePathStyle');
  const isFitting =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    segments.every((segment) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment)) &&
    [...searchParams.keys()].every((key) => KNOWN_QUERY.includes(key)) &&
    (style === null || style === 'true' || style === 'false') &&
    (endpoint === undefined || (/^https?:\/\//.test(endpoint) && URL.canParse(endpoint))) &&
    username + password + port === '';
  if (!isFitting) return undefined;
  return {
    name,
    prefix: segments.map((segment) => `${segment}/`).join(''),
    endpoint,
    region: searchParams.get('region') || undefined,
    // Amazon names buckets in the host; what else speaks S3 mostly has no such hosts.
    forcePathStyle: style === null ? endpoint !== undefined : style === 'true',
  };
}
