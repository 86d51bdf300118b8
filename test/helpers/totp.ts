/** The code that an authenticator would show now (RFC 6238), of the address that its QR picture holds. */
import { createHmac } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function decodeBase32(text: string): Buffer {
  const bits = [...text.replace(/=+$/, '')].map((c) => BASE32.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

export function totpCode(uri: string, nowMs = Date.now()): string {
  const { searchParams } = new URL(uri);
  const period = Number(searchParams.get('period') ?? 30);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 1000 / period)));
  const mac = createHmac('sha1', decodeBase32(searchParams.get('secret') ?? ''))
    .update(counter)
    .digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const digits = Number(searchParams.get('digits') ?? 6);
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

/** That of the step after, which is taken already: a code that was used, and every older one, is not. */
export const nextTotpCode = (uri: string): string => totpCode(uri, Date.now() + 30_000);
