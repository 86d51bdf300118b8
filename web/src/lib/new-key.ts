import type { KeyKind, Limits, NewKey, Quality } from '../api/types.ts';

/** What the form of a new key says, without what was left empty. */
export function toNewKey(kind: KeyKind, fields: Readonly<Record<string, string>>): NewKey {
  const { name = '', expiresOn = '', quality = '', origins = '' } = fields;
  const limits = limitsOf(fields);
  const named = splitOrigins(origins);
  return {
    name: name.trim(),
    kind,
    // A date holds to its end, in UTC as the quota does.
    ...(expiresOn !== '' && { expiresAt: `${expiresOn}T23:59:59.000Z` }),
    ...(quality !== '' && { quality: quality as Quality }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...((kind === 'publishable' || named.length > 0) && { origins: named }),
  };
}

function limitsOf(fields: Readonly<Record<string, string>>): Partial<Limits> {
  const numbers = {
    monthlyRemovals: Number(fields.monthlyRemovals || Number.NaN),
    requestsPerSecond: Number(fields.requestsPerSecond || Number.NaN),
    maxFileSize: Math.round(Number(fields.maxFileMegabytes || Number.NaN) * 1_000_000),
  };
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => Number.isFinite(value)));
}

export function splitOrigins(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((origin) => origin.replace(/\/+$/, '').toLowerCase())
    .filter((origin) => origin !== '');
}
