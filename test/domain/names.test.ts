/** Keys and random names. */
import { describe, expect, test } from 'vitest';
import { composeApiKey, maskApiKey, parseApiKey } from '../../src/domain/api-key.ts';
import { encodeBase62, isUuid, SECRET_BYTES, SECRET_PATTERN } from '../../src/domain/id.ts';

const random = (fill: number) => new Uint8Array(SECRET_BYTES).fill(fill);

describe('base62', () => {
  test('keeps every bit: different bytes are different names of one width', () => {
    const names = [0, 1, 127, 255].map((fill) => encodeBase62(random(fill)));
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(SECRET_PATTERN);
  });

  test('is the number itself, in digits of 62', () => {
    expect(encodeBase62(Uint8Array.of(61))).toBe('0z');
    expect(encodeBase62(Uint8Array.of(62))).toBe('10');
  });
});

describe('an API key', () => {
  const key = composeApiKey('live', random(77));

  test('has its prefix, at least 128 bits and a checksum', () => {
    expect(key).toMatch(/^rmv_live_[0-9A-Za-z]{33}$/);
    expect(parseApiKey(key)).toEqual({ kind: 'live' });
    expect(parseApiKey(composeApiKey('test', random(77)))).toEqual({ kind: 'test' });
  });

  test('with any one character changed, left out or added is not well formed', () => {
    for (let i = 0; i < key.length; i++) {
      const other = key.charAt(i) === 'x' ? 'y' : 'x';
      expect(parseApiKey(key.slice(0, i) + other + key.slice(i + 1))).toBeUndefined();
      expect(parseApiKey(key.slice(0, i) + key.slice(i + 1))).toBeUndefined();
    }
    expect(parseApiKey(`${key}0`)).toBeUndefined();
    expect(parseApiKey('')).toBeUndefined();
    expect(parseApiKey('rmv_live_')).toBeUndefined();
    expect(parseApiKey(key.replace('live', 'prod'))).toBeUndefined();
  });

  test('is shown by its kind and its last four characters', () => {
    expect(maskApiKey(key)).toBe(`rmv_live_…${key.slice(-4)}`);
  });
});

test('only the form of a uuid is taken for one', () => {
  expect(isUuid('550e8400-e29b-41d4-a716-446655440000')).toBe(true);
  for (const text of ['', '550e8400', "550e8400-e29b-41d4-a716-44665544000'", '550e8400e29b41d4a716446655440000']) {
    expect(isUuid(text)).toBe(false);
  }
});
