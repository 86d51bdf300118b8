/** What is sealed is read again by the same secret and for the same owner alone. */
import { expect, test } from 'vitest';
import { createSecretBox } from '../../src/adapters/secret-box.ts';

const SECRET = 'whsec_c2VjcmV0IG9mIGFuIGFjY291bnQ=';
const box = createSecretBox('the secret of this installation', 'a purpose');

test('opens what it has sealed, and seals nothing twice alike', () => {
  const [one, other] = [box.seal(SECRET, 'ada'), box.seal(SECRET, 'ada')];
  expect([box.open(one, 'ada'), box.open(other, 'ada')]).toEqual([SECRET, SECRET]);
  expect(one.equals(other)).toBe(false);
  expect(one.includes(SECRET.slice(6))).toBe(false);
});

test('opens nothing for another owner, by another secret, for another purpose, or that was changed', () => {
  const sealed = box.seal(SECRET, 'ada');
  expect(box.open(sealed, 'grace')).toBeUndefined();
  expect(createSecretBox('another secret', 'a purpose').open(sealed, 'ada')).toBeUndefined();
  expect(createSecretBox('the secret of this installation', 'another').open(sealed, 'ada')).toBeUndefined();
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed);
    changed[i] = (changed[i] ?? 0) ^ 1;
    expect(box.open(changed, 'ada')).toBeUndefined();
  }
  for (const length of [0, 12, 20, 28]) expect(box.open(sealed.subarray(0, length), 'ada')).toBeUndefined();
});
