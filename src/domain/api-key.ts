/**
 * The form of an API key: `rmv_live_`, `rmv_test_` or `rmv_pub_`, 27 characters of secret, 6 of checksum.
 * The prefix lets a scanner recognise a leaked key; the checksum lets a mistyped one fail without a look-up.
 */
import { encodeBase62, SECRET_BYTES, SECRET_PATTERN } from './id.ts';

export const KEY_KINDS = ['live', 'test', 'publishable'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

const PREFIXES: Readonly<Record<KeyKind, string>> = { live: 'rmv_live_', test: 'rmv_test_', publishable: 'rmv_pub_' };

const CHECKSUM_LENGTH = 6;

/** `random`: SECRET_BYTES bytes of a cryptographic generator. */
export function composeApiKey(kind: KeyKind, random: Uint8Array): string {
  if (random.length !== SECRET_BYTES) throw new RangeError(`an API key needs ${SECRET_BYTES} random bytes`);
  const body = PREFIXES[kind] + encodeBase62(random);
  return body + checksum(body);
}

/** The kind of a well-formed key; undefined for anything else. Says nothing about whether the key exists. */
export function parseApiKey(text: string): { readonly kind: KeyKind } | undefined {
  const match = /^(rmv_[a-z]+_)([0-9A-Za-z]+)$/.exec(text);
  const kind = KEY_KINDS.find((k) => PREFIXES[k] === match?.[1]);
  const secret = match?.[2]?.slice(0, -CHECKSUM_LENGTH) ?? '';
  if (!kind || !SECRET_PATTERN.test(secret)) return undefined;
  return checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH) ? { kind } : undefined;
}

/** What may be stored and shown in place of the key: its kind and its last four characters. */
export function maskApiKey(key: string): string {
  return `${key.slice(0, key.lastIndexOf('_') + 1)}…${key.slice(-4)}`;
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

/** A key in a page is everybody's, so a publishable one is for the pages that it names, and for removals alone. */
export type KeyUse = {
  /** Of the page, as its browser tells it; undefined where a program calls. */
  readonly origin: string | undefined;
  readonly isRemoval: boolean;
};

/** Undefined where the key may be used so; else the sentence that says why not. */
export function refuseKeyUse(kind: KeyKind, origins: readonly string[], use: KeyUse): string | undefined {
  if (kind === 'publishable' && !use.isRemoval) return 'A publishable key is for POST /remove alone.';
  if (use.origin === undefined) {
    return kind === 'publishable' ? 'A publishable key is for pages; this request names no origin.' : undefined;
  }
  const isFree = kind !== 'publishable' && origins.length === 0;
  return isFree || origins.includes(use.origin.toLowerCase())
    ? undefined
    : 'The key does not name the origin of this page among those that may use it.';
}
