/**
 * A file into the bucket: at once, or in parts where it is large. Bodies are streams of the file, so that memory does not
 * grow with pictures; the client cannot repeat those, so each try opens the file anew. Each carries the MD5 of its bytes,
 * which every S3 compares before it answers.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { isPassing } from './failure.ts';

/** S3 takes parts of 5 MiB and more, up to 10,000 of them; what fails is repeated by the part. */
const PART_BYTES = 8 << 20;
/** Of one object at once. */
const PARTS_AT_ONCE = 3;
const TRIES = 3;
const FIRST_PAUSE_MS = 100;

export type Target = { readonly client: S3Client; readonly Bucket: string; readonly Key: string };

type Piece = { readonly path: string; readonly start: number; readonly size: number };

/** Whole or absent: parts that are not completed are no object. */
export async function uploadFile(target: Target, path: string): Promise<void> {
  const { size } = await stat(path);
  if (size > PART_BYTES) return await uploadParts(target, path, size);
  const { client, Bucket, Key } = target;
  await sendPiece({ path, start: 0, size }, (body) => client.send(new PutObjectCommand({ Bucket, Key, ...body })));
}

async function uploadParts({ client, Bucket, Key }: Target, path: string, size: number): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const upload = { Bucket, Key, UploadId };
  try {
    const starts = Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, i) => i * PART_BYTES);
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    const takeParts = async (): Promise<void> => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const PartNumber = start / PART_BYTES + 1;
        const piece = { path, start, size: Math.min(PART_BYTES, size - start) };
        const { ETag } = await sendPiece(piece, (body) =>
          client.send(new UploadPartCommand({ ...upload, PartNumber, ...body })),
        );
        parts.push({ PartNumber, ETag });
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, takeParts));
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
    parts.sort((a, b) => a.PartNumber - b.PartNumber);
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }));
  } catch (error) {
    // What is left where this fails too is for the bucket's own rule about unfinished uploads.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
    throw error;
  }
}

type Body = { readonly Body: ReturnType<typeof createReadStream>; ContentLength: number; ContentMD5: string };

async function sendPiece<T>({ path, start, size }: Piece, send: (body: Body) => Promise<T>): Promise<T> {
  const open = () => createReadStream(path, { start, end: Math.max(start + size - 1, 0), highWaterMark: 1 << 18 });
  const hash = createHash('md5');
  await pipeline(open(), hash);
  const ContentMD5 = hash.digest('base64');
  for (let attempt = 1; ; attempt++) {
    const Body = open();
    try {
      return await send({ Body, ContentLength: size, ContentMD5 });
    } catch (error) {
      if (attempt === TRIES || !isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random())));
    } finally {
      Body.destroy();
    }
  }
}
