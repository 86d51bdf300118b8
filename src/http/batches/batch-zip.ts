/**
 * All results of a batch as one archive, written as it is sent: each result is read once for its checksum and once for its
 * bytes, so that every header is true before its member and no member is held in memory.
 */
import { crc32 } from 'node:zlib';
import { type ItemError, nameResults } from '../../domain/batch.ts';
import { ERROR_MESSAGES } from '../../domain/errors.ts';
import { type Job, resultKey } from '../../domain/job.ts';
import { localHeader, type WrittenMember, type ZipMember, zipDirectory } from '../../domain/zip-format.ts';
import type { ServiceContext } from '../../services/context.ts';
import type { FoundItem } from '../../services/find-batch.ts';
import { itemError } from './batch-view.ts';

const FAILURES = 'failures.json';

type Storage = ServiceContext['storage'];

type Failure = { readonly name: string; readonly error: ItemError };

/** Whoever has no result is told of in `failures.json`, the last member, which is there only for them. */
export async function* packBatch(storage: Storage, items: readonly FoundItem[]): AsyncGenerator<Uint8Array> {
  const completed = items.flatMap(({ item, job }) => (job?.status === 'completed' ? [{ item, job }] : []));
  const names = nameResults(completed.map(({ item, job }) => ({ name: item.name, extension: job.options.format })));
  const failures: Failure[] = items.flatMap((found) => {
    const error = itemError(found);
    return error ? [{ name: found.item.name, error }] : [];
  });
  const written: WrittenMember[] = [];
  let offset = 0;
  const begin = (member: ZipMember): Uint8Array => {
    const header = localHeader(member);
    written.push({ ...member, offset });
    offset += header.length + member.size;
    return header;
  };
  for (const [i, { item, job }] of completed.entries()) {
    const measured = await measure(storage, job);
    if (!measured) {
      failures.push({ name: item.name, error: { code: 'gone', message: ERROR_MESSAGES.gone } });
      continue;
    }
    yield begin({ name: new TextEncoder().encode(names[i]), ...measured });
    yield* readResult(storage, job, measured.size);
  }
  if (failures.length > 0) {
    const bytes = new TextEncoder().encode(`${JSON.stringify(failures, null, 2)}\n`);
    yield begin({ name: new TextEncoder().encode(FAILURES), size: bytes.length, crc: crc32(bytes) });
    yield bytes;
  }
  yield zipDirectory(written, offset);
}

/** Undefined where the result has expired. */
async function measure(storage: Storage, job: Job): Promise<{ size: number; crc: number } | undefined> {
  const stream = await storage.read(resultKey(job));
  if (!stream) return undefined;
  let size = 0;
  let crc = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    crc = crc32(chunk as Buffer, crc);
  }
  return { size, crc };
}

/** Throws where it has expired just now: then the archive ends in the middle, and its reader sees that. */
async function* readResult(storage: Storage, job: Job, size: number): AsyncGenerator<Uint8Array> {
  const stream = await storage.read(resultKey(job));
  if (!stream) throw new Error('a result expired while it was packed');
  let read = 0;
  for await (const chunk of stream) {
    read += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
  if (read !== size) throw new Error('a result changed while it was packed');
}
