/**
 * The form of an API key: `rmv_live_` or `rmv_test_`, 27 characters of secret, 6 of checksum.
 * The prefix lets a scanner recognise a leaked key; the checksum lets a mistyped one fail without a look-up.
 */
import { encodeBase62, SECRET_BYTES, SECRET_PATTERN } from './id.ts';

export const KEY_KINDS = ['live', 'test'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

const CHECKSUM_LENGTH = 6;

/** `random`: SECRET_BYTES bytes of a cryptographic generator. */
export function composeApiKey(kind: KeyKind, random: Uint8Array): string {
  if (random.length !== SECRET_BYTES) throw new RangeError(`an API key needs ${SECRET_BYTES} random bytes`);
  const body = `rmv_${kind}_${encodeBase62(random)}`;
  return body + checksum(body);
}

/** The kind of a well-formed key; undefined for anything else. Says nothing about whether the key exists. */
export function parseApiKey(text: string): { readonly kind: KeyKind } | undefined {
  const match = /^rmv_(live|test)_([0-9A-Za-z]+)$/.exec(text);
  const kind = KEY_KINDS.find((k) => k === match?.[1]);
  const secret = match?.[2]?.slice(0, -CHECKSUM_LENGTH) ?? '';
  if (!kind || !SECRET_PATTERN.test(secret)) return undefined;
  return checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH) ? { kind } : undefined;
}

/** What may be stored and shown in place of the key: its kind and its last four characters. */
export function maskApiKey(key: string): string {
  return `${key.slice(0, 'rmv_live_'.length)}…${key.slice(-4)}`;
}

/** CRC-32 (ISO 3309) in base62: it guards against typing, not against forging. */
function checksum(text: string): string {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const value = ~crc >>> 0;
  return encodeBase62(new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value])).padStart(CHECKSUM_LENGTH, '0');
}
