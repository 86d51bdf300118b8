/** Patterns of files. */
import { expect, test } from 'vitest';
import { isGlob, parseGlob } from '../../src/cli/remove/glob.ts';

test.each([
  ['*.jpg', '.', ['a.jpg', 'B.JPG'], ['d/a.jpg', 'a.jpg.png', 'ajpg']],
  ['photos/*.jpg', 'photos', ['a.jpg'], ['d/a.jpg']],
  ['/srv/in/**/*.png', '/srv/in', ['a.png', 'd/a.png', 'd/e/a.png'], ['a.jpg', 'd/a.png.txt']],
  ['/*.png', '/', ['a.png'], ['d/a.png']],
  ['in/**', 'in', ['a.png', 'd/a.png'], []],
  ['a?.{jpg,jpe*g}', '.', ['a1.jpg', 'ab.jpeg'], ['a.jpg', 'abc.jpg', 'a/.jpg']],
  ['in/[ab]*/[!0-9]x.png', 'in', ['a1/cx.png', 'b/ax.png'], ['c/ax.png', 'a/1x.png']],
  ['(1)+$^*.png', '.', ['(1)+$^.png', '(1)+$^a.png'], ['1.png']],
])('%s looks in %s', (text, base, fitting, others) => {
  expect(isGlob(text)).toBe(true);
  const glob = parseGlob(text);
  expect(glob.base).toBe(base);
  expect(fitting.filter((name) => !glob.pattern.test(name))).toEqual([]);
  expect(others.filter((name) => glob.pattern.test(name))).toEqual([]);
});
