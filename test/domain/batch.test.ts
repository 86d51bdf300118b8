/** The names of a batch, and the bytes of its archive that are no member's. */
import { describe, expect, test } from 'vitest';
import { cleanItemName, isArchiveLitter, nameResults } from '../../src/domain/batch.ts';
import { findDirectory, readDirectory } from '../../src/domain/zip-directory.ts';
import { localHeader, zipDirectory } from '../../src/domain/zip-format.ts';

describe('names', () => {
  test.each([
    ['photo.jpg', 'photo.jpg'],
    ['../../etc/passwd', 'etc/passwd'],
    ['/abs/./a.jpg', 'abs/a.jpg'],
    ['C:\\Users\\me\\a.jpg', 'C_/Users/me/a.jpg'],
    ['a\u0000b\u202e.jpg', 'ab.jpg'],
    ['...', undefined],
    ['', undefined],
    ['a?*<b>.png', 'a___b_.png'],
  ])('%j leads downwards as %j', (given, clean) => expect(cleanItemName(given)).toBe(clean));

  test('as long as anything are cut, and keep their extension', () => {
    const name = cleanItemName(`${'d/'.repeat(400)}${'x'.repeat(500)}.jpeg`) ?? '';
    expect([name.length <= 240, name.endsWith('x.jpeg')]).toEqual([true, true]);
  });

  test('of results are there once each, whatever the case and the extension', () => {
    const items = ['a.jpg', 'A.png', 'a (2).gif', 'b/a.jpg', 'noext'].map((name) => ({ name, extension: 'png' }));
    expect(nameResults(items)).toEqual(['a.png', 'A (2).png', 'a (2) (2).png', 'b/a.png', 'noext.png']);
  });

  test('of what systems leave in archives are litter', () => {
    expect(['__MACOSX/a.jpg', 'x/.DS_Store', 'Thumbs.db', '._a.jpg'].filter(isArchiveLitter)).toHaveLength(4);
    expect(['a.jpg', 'x/thumbs.jpg'].filter(isArchiveLitter)).toEqual([]);
  });
});

const member = (name: string, offset: number) => ({ name: new TextEncoder().encode(name), size: 5, crc: 7, offset });

describe('an archive', () => {
  test('is read as it was written', () => {
    const header = localHeader(member('a', 0));
    const directory = zipDirectory([member('a', 0), member('b', 99)], 500);
    const place = findDirectory(directory, 500 + directory.length);
    expect(place).toMatchObject({ offset: 500, count: 2 });
    const entries = readDirectory(directory.subarray(0, place?.size), 2);
    expect(entries).toMatchObject([
      { size: 5, crc: 7, offset: 0, kind: 'stored' },
      { offset: 99, kind: 'stored' },
    ]);
    expect(header.length).toBe(31);
  });

  test('of more than 4 GB says where its members are in the 64 bits of ZIP64', () => {
    const far = 5_000_000_000;
    const view = new DataView(zipDirectory([member('a', far)], far + 36).buffer);
    // The central header of 46 bytes, its name of 1, then the extra field with the offset.
    expect([view.getUint32(42, true), view.getBigUint64(46 + 1 + 4, true)]).toEqual([0xffff_ffff, BigInt(far)]);
    const end64 = 46 + 1 + 12;
    expect(view.getUint32(end64, true)).toBe(0x0606_4b50);
    expect(view.getBigUint64(end64 + 48, true)).toBe(BigInt(far + 36));
    expect(view.getUint32(end64 + 56, true)).toBe(0x0706_4b50);
    expect(view.getBigUint64(end64 + 56 + 8, true)).toBe(BigInt(far + 36 + end64));
    expect(view.getUint32(view.byteLength - 6, true)).toBe(0xffff_ffff);
  });

  test('whose directory is not what its end says is not read', () => {
    const directory = zipDirectory([member('a', 0)], 40);
    expect(readDirectory(directory, 2)).toBeUndefined();
    expect(findDirectory(directory, directory.length)).toBeUndefined();
    expect(findDirectory(new Uint8Array(10), 10)).toBeUndefined();
  });
});
