/** Many removals that were asked for at once: how their pictures are named, and how far they have come together. */
import type { ErrorCode } from './errors.ts';
import type { Job } from './job.ts';

/** Why a picture of a batch has no result. The others go on. */
export type ItemError = { readonly code: ErrorCode; readonly message: string };

/** One picture. Without a job where it was refused as it came; then it says why. */
export type BatchItem = {
  readonly name: string;
  readonly jobId: string | null;
  readonly error: ItemError | null;
};

export type ItemStatus = 'queued' | 'processing' | 'completed' | 'failed';
export type BatchStatus = 'processing' | 'completed' | 'cancelled';

/** `job`: undefined where there is none, or its owner has deleted it. */
export function itemStatus(job: Pick<Job, 'status' | 'startedAt'> | undefined): ItemStatus {
  if (!job) return 'failed';
  return job.status === 'processing' && job.startedAt === null ? 'queued' : job.status;
}

export type ItemCounts = Readonly<Record<ItemStatus, number>>;

export function countItems(statuses: readonly ItemStatus[]): ItemCounts {
  const counts = { queued: 0, processing: 0, completed: 0, failed: 0 };
  for (const status of statuses) counts[status]++;
  return counts;
}

export function batchStatus(counts: ItemCounts, isCancelled: boolean): BatchStatus {
  if (counts.queued + counts.processing > 0) return 'processing';
  return isCancelled ? 'cancelled' : 'completed';
}

/** What most file systems take of one name, in characters. */
const LONGEST_PART = 120;
const LONGEST_NAME = 240;

/** A path that leads downwards wherever it is unpacked; undefined where nothing is left of it. */
export function cleanItemName(given: string): string | undefined {
  const parts = given
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .split(/[/\\]/)
    .map((part) => part.replace(/[<>:"|?*]/g, '_').trim())
    .filter((part) => part !== '' && !/^\.+$/.test(part))
    .map((part) => shorten(part, LONGEST_PART));
  while (parts.length > 1 && parts.join('/').length > LONGEST_NAME) parts.shift();
  return parts.length > 0 ? parts.join('/') : undefined;
}

/** The extension stays. */
function shorten(part: string, length: number): string {
  if (part.length <= length) return part;
  const extension = /\.[^.]{1,10}$/.exec(part)?.[0] ?? '';
  return `${part.slice(0, length - extension.length)}${extension}`;
}

/** Beside the pictures of an archive; no picture of anybody's. */
export const isArchiveLitter = (name: string): boolean =>
  /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)/i.test(name);

/** Each name with the extension of its result, and each there once: also where case does not count. */
export function nameResults(items: readonly { readonly name: string; readonly extension: string }[]): string[] {
  const taken = new Set<string>();
  return items.map(({ name, extension }) => {
    const stem = name.replace(/\.[^./]{1,10}$/, '');
    let result = `${stem}.${extension}`;
    for (let i = 2; taken.has(result.toLowerCase()); i++) result = `${stem} (${i}).${extension}`;
    taken.add(result.toLowerCase());
    return result;
  });
}
