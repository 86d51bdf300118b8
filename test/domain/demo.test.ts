/** The cut-outs of the landing page: which is shown, which goes, and which is made next. */
import { expect, test } from 'vitest';
import { chooseNextDemo, demoKey, photoName, sortDemos } from '../../src/domain/demo.ts';

const DIGEST = '0123456789abcdef0123456789abcdef';
const OTHER = 'f'.repeat(32);
const cat = { name: 'cat', digest: DIGEST };
const cup = { name: 'cup', digest: DIGEST };
const madeAt = (minute: number, name: string, digest = DIGEST, model = 'isnet') => ({
  key: demoKey({ name, digest, ms: 840, model }),
  modifiedAt: new Date(minute * 60_000),
});

test('a key says all that is shown beside the picture, whatever the model is called', () => {
  expect(sortDemos([madeAt(1, 'cat', DIGEST, 'my model/ä-2')]).shown).toEqual([
    {
      key: 'demo/cat-0123456789abcdef-840-my_model__-2.webp',
      name: 'cat',
      digest: '0123456789abcdef',
      ms: 840,
      model: 'my_model__-2',
    },
  ]);
});

test('of each photo the newest is shown, in any order, and what is no such picture is left alone', () => {
  const objects = [madeAt(1, 'cat'), madeAt(3, 'cat', OTHER), madeAt(2, 'cup')];
  for (const given of [objects, [...objects].reverse()]) {
    const { shown, old } = sortDemos([...given, { key: 'demo/notes.txt', modifiedAt: new Date() }]);
    expect(shown.map(({ name, digest }) => [name, digest[0]])).toEqual([
      ['cat', 'f'],
      ['cup', '0'],
    ]);
    expect(old.map(({ key }) => key)).toEqual([madeAt(1, 'cat').key]);
  }
});

test('two made at the same moment are told apart the same way by every server', () => {
  const objects = [madeAt(1, 'cat'), madeAt(1, 'cat', OTHER)];
  expect(sortDemos(objects)).toEqual(sortDemos([...objects].reverse()));
});

test('what is missing, or of another model, is made; while there is a job, later', () => {
  const { shown } = sortDemos([madeAt(1, 'cat'), madeAt(1, 'cup', OTHER)]);
  expect(chooseNextDemo([cat, cup], shown, 0)).toEqual({ kind: 'make', photo: cup });
  expect(chooseNextDemo([cat, cup], [], 0)).toEqual({ kind: 'make', photo: cat });
  expect(chooseNextDemo([cat, cup], shown, 1)).toEqual({ kind: 'later' });
  expect(chooseNextDemo([cat], shown, 1)).toEqual({ kind: 'none' });
});

test.each([
  ['astronaut.jpg', 'astronaut'],
  ['astronaut-cutout.webp', undefined],
  ['../x.jpg', undefined],
  ['A b.jpg', undefined],
])('the file %s is the photo %s', (file, name) => {
  expect(photoName(file)).toBe(name);
});
