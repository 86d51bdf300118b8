/** Buckets are named by uuids; of a network or mail address this is one that does not tell it. */
import { createHash } from 'node:crypto';

export function scopeId(kind: string, text: string): string {
  const hex = createHash('sha256').update(`${kind} ${text}`).digest('hex').slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
