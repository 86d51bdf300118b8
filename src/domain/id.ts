/** Random names in base62: letters and digits only, so that they survive URLs, shells and double clicks. */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The bytes as one number in base62, padded to the width that the largest number of that many bytes needs. */
export function encodeBase62(bytes: Uint8Array): string {
  const width = Math.ceil((bytes.length * 8) / Math.log2(62));
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  while (text.length < width) {
    text = ALPHABET.charAt(Number(value % 62n)) + text;
    value /= 62n;
  }
  return text;
}

/** 20 bytes are 160 bits: more than the 128 that make a name a permission of its own. */
export const SECRET_BYTES = 20;
const SECRET_WIDTH = Math.ceil((SECRET_BYTES * 8) / Math.log2(62));
export const SECRET_PATTERN = new RegExp(`^[0-9A-Za-z]{${SECRET_WIDTH}}$`);

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** PostgreSQL rejects a malformed uuid with an error; a caller's text is checked here first. */
export function isUuid(text: string): boolean {
  return UUID_PATTERN.test(text);
}
