/** Objects in a bucket of S3, or of what speaks it. An object is there when its upload was answered, and never in part. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, unlink, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ByteRange, Storage } from '../ports/storage.ts';
import { segmentsOf } from './disk-storage/keys.ts';
import { openTemporaries } from './disk-storage/temporaries.ts';
import { isAbsent, toOutage } from './s3-storage/failure.ts';
import { uploadFile } from './s3-storage/upload.ts';

export type S3Options = {
  readonly bucket: string;
  /** Before each key; empty, or with a slash at its end. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly forcePathStyle: boolean;
  /** Without it the SDK looks where it is used to: role of the machine, of the container, profile. */
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
  /** Origin at which callers reach it, where links are to lead there. */
  readonly linkOrigin: string | undefined;
  /** To the head of an answer; 20 s where it is not said. */
  readonly answerMs?: number;
  /** Local folder for files under way. */
  readonly scratchDir: string;
};

const CONNECT_MS = 3_000;
/** To the head of the answer: for a part of 8 MiB its whole way. */
const ANSWER_MS = 20_000;
/** A picture of the largest plan by a slow line. */
const CHECKOUT_MS = 120_000;
/** A slow caller who reads a result holds one. */
const MOST_SOCKETS = 512;
/** Anybody may ask whether the server is ready, and each look writes an object. */
const CHECK_EVERY_MS = 5_000;

export async function openS3Storage(options: S3Options): Promise<Storage> {
  const { bucket: Bucket, prefix, linkOrigin, scratchDir } = options;
  const temporaryPath = await openTemporaries(scratchDir);
  const config = configure(options);
  const client = new S3Client(config);
  const linkClient = linkOrigin === undefined ? undefined : new S3Client({ ...config, endpoint: linkOrigin });
  const place = { bucket: Bucket, at: options.endpoint ?? `Amazon S3, ${config.region}` };

  const address = (key: string) => ({ Bucket, Key: prefix + segmentsOf(key).join('/') });
  const orOutage = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toOutage(error, place);
    }
  };
  /** The head of an answer does not say whether object or bucket is missing. */
  const orAbsent = <T>(work: () => Promise<T>): Promise<T | undefined> =>
    orOutage(async () => {
      try {
        return await work();
      } catch (error) {
        if (!isAbsent(error)) throw error;
        if (error instanceof Error && error.name === 'NotFound') await client.send(new HeadBucketCommand({ Bucket }));
        return undefined;
      }
    });

  const put = async (key: string, sourcePath: string): Promise<void> => {
    const target = { client, ...address(key) };
    await orOutage(() => uploadFile(target, sourcePath));
    await unlink(sourcePath);
  };
  const read = async (key: string, range?: ByteRange): Promise<Readable | undefined> => {
    const where = address(key);
    const Range = range && `bytes=${range.start}-${range.end}`;
    const answer = await orAbsent(() => client.send(new GetObjectCommand({ ...where, Range })));
    return answer?.Body as Readable | undefined;
  };
  const remove = async (key: string): Promise<void> => {
    const where = address(key);
    await orOutage(() => client.send(new DeleteObjectCommand(where)));
  };

  return {
    put,
    read,
    delete: remove,

    async stat(key) {
      const where = address(key);
      const head = await orAbsent(() => client.send(new HeadObjectCommand(where)));
      return head && { size: head.ContentLength ?? 0, modifiedAt: head.LastModified ?? new Date(0) };
    },

    async checkout(key) {
      const body = await read(key);
      if (!body) return undefined;
      const path = temporaryPath();
      const release = (): Promise<void> => rm(path, { force: true });
      try {
        const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
        await orOutage(() => pipeline(body, file, { signal: AbortSignal.timeout(CHECKOUT_MS) }));
      } catch (error) {
        await release();
        throw error;
      }
      return { path, release };
    },

    async *list(under) {
      const Prefix = `${prefix}${under.replace(/\/$/, '')}/`;
      let ContinuationToken: string | undefined;
      do {
        const page = await orOutage(() => client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken })));
        for (const { Key = '', LastModified } of page.Contents ?? []) {
          yield { key: Key.slice(prefix.length), modifiedAt: LastModified ?? new Date(0) };
        }
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    },

    async link(key, { contentType, cacheControl, expiresInSeconds }) {
      if (!linkClient) return undefined;
      const headers = { ResponseContentType: contentType, ResponseCacheControl: cacheControl };
      const command = new GetObjectCommand({ ...address(key), ...headers });
      return await orOutage(() => getSignedUrl(linkClient, command, { expiresIn: expiresInSeconds }));
    },

    check: atMostEvery(CHECK_EVERY_MS, async () => {
      const probe = temporaryPath();
      await writeFile(probe, '');
      const key = `check-${randomUUID()}`;
      await put(key, probe);
      await remove(key);
    }),

    temporaryPath: async () => temporaryPath(),
  };
}

/** Checksums as headers of their own: by the SDK's default they trail a body in a form that not every S3 reads. */
function configure({ endpoint, region, forcePathStyle, credentials, answerMs }: S3Options) {
  return {
    // Elsewhere the region is a word that signs requests, and this is the one that all take.
    region: region ?? 'us-east-1',
    forcePathStyle,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: answerMs ?? ANSWER_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MOST_SOCKETS },
      httpsAgent: { maxSockets: MOST_SOCKETS },
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  } satisfies S3ClientConfig;
}

/** One look at a time, and none where the last one succeeded a moment ago. */
function atMostEvery(ms: number, look: () => Promise<void>): () => Promise<void> {
  let latest: Promise<void> | undefined;
  return () => {
    if (latest) return latest;
    const looking = look();
    latest = looking;
    const forget = (): void => {
      if (latest === looking) latest = undefined;
    };
    looking.then(() => setTimeout(forget, ms).unref(), forget);
    return looking;
  };
}
