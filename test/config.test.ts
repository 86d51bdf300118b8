/** Settings whose text stands for another value. */
import { expect, test } from 'vitest';
import { parseConfig } from '../src/config.ts';

test.each([
  ['', 0],
  ['0', 0],
  ['false', 0],
  ['no', 0],
  ['1', 1],
  // Never all of them: then the caller's own entry of the header would be believed.
  ['true', 1],
  ['Yes', 1],
  ['2', 2],
])('TRUST_PROXY=%s believes %i proxies', (text, hops) => {
  expect(parseConfig({ TRUST_PROXY: text }).TRUST_PROXY).toBe(hops);
});

test.each(['-1', '10', '1.5', 'all', '10.0.0.0/8'])('TRUST_PROXY=%s is refused', (text) => {
  expect(() => parseConfig({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY is ".*", but it must be a whole number/);
});
