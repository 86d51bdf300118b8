import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { packZip } from '../../src/adapters/zip-writer.ts';

describe('packZip', () => {
  const entries = [
    { name: 'color.jpg', bytes: new Uint8Array(5000).fill(7) },
    { name: 'alpha.png', bytes: new Uint8Array([1, 2, 3]) },
  ];
  it('stores the members in their order, without compression', () => {
    const zip = packZip(entries);
    const view = new DataView(zip.buffer, zip.byteOffset);
    expect([view.getUint32(0, true), view.getUint16(8, true), view.getUint32(18, true)]).toEqual([0x04034b50, 0, 5000]);
    expect(Buffer.from(zip.subarray(30, 39)).toString()).toBe('color.jpg');
    const second = 30 + 9 + view.getUint16(28, true) + 5000;
    expect([view.getUint32(second, true), view.getUint16(second + 8, true)]).toEqual([0x04034b50, 0]);
    expect(Buffer.from(zip.subarray(second + 30, second + 39)).toString()).toBe('alpha.png');
    expect(unzipSync(zip)).toEqual(Object.fromEntries(entries.map(({ name, bytes }) => [name, bytes])));
  });
  it('gives the same bytes each time', () => {
    expect(packZip(entries)).toEqual(packZip(entries));
  });
});
