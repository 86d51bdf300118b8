/** Bytes of a stranger on their way to the local disk: counted, looked at, and no more of them kept than are wanted. */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { HEAD_BYTES } from '../receive-picture.ts';
import { writeStream } from '../write-stream.ts';

export type KeptStream = {
  /** Of all that came. */
  readonly size: number;
  readonly crc: number;
  readonly head: Uint8Array;
  readonly digest: Buffer;
};

type Keeping = {
  readonly source: AsyncIterable<Buffer>;
  readonly path: string;
  /** Called for each chunk with the bytes so far and the head; false: the chunk is read, and not kept. It may throw. */
  readonly admit: (size: number, head: Uint8Array) => boolean;
};

export async function keepStream({ source, path, admit }: Keeping): Promise<KeptStream> {
  const hash: Hash = createHash('sha256');
  let head = Buffer.alloc(0);
  let size = 0;
  let crc = 0;
  async function* count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      if (size < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - size)]);
      size += chunk.length;
      if (!admit(size, head)) continue;
      crc = crc32(chunk, crc);
      hash.update(chunk);
      yield chunk;
    }
  }
  await writeStream(source, count, path);
  return { size, crc, head, digest: hash.digest() };
}
