/** metadata=keep and strip: what a result tells of its photo beside the pixels. */
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readExif } from '../../src/domain/exif.ts';
import { call, createEnterprise, createForm, readPhoto } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let photo: Buffer;

const TOLD = {
  IFD0: { Make: 'Acme', Model: 'Box 1', Copyright: 'Ada' },
  IFD2: { ExposureTime: '1/250', FNumber: '28/10', DateTimeOriginal: '2026:11:23 10:00:00' },
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' },
};

beforeAll(async () => {
  photo = await sharp(await readPhoto('rocket.jpg'))
    .resize(200)
    .withMetadata({ orientation: 6, exif: TOLD })
    .jpeg()
    .toBuffer();
  installation = await createInstallation();
  server = await installation.start();
  key = await createEnterprise(installation, 'acme');
});
afterAll(async () => await installation?.dispose());

async function metadataOf(fields: Record<string, string>) {
  const answer = await call(server, '/remove', { method: 'POST', key, body: createForm({ bytes: photo }, fields) });
  expect(answer.status).toBe(200);
  return await sharp(answer.bytes).metadata();
}

test.each(['png', 'webp', 'avif', 'jpg'])('%s keeps camera, time and place, and stands upright', async (format) => {
  const { exif, orientation, width, height } = await metadataOf({ format, metadata: 'keep', quality: 'fast' });
  expect(readExif(exif ?? Buffer.alloc(0))).toMatchObject(TOLD);
  expect([orientation ?? 1, width, height]).toEqual([1, 133, 200]);
});

test('an edited result and a matte keep it too; without being asked, nothing is kept', async () => {
  const edited = await metadataOf({ metadata: 'keep', crop: 'true', background: 'white', dpi: '300' });
  expect(readExif(edited.exif ?? Buffer.alloc(0))).toMatchObject(TOLD);
  expect(edited.density).toBe(300);
  const mask = await metadataOf({ metadata: 'keep', output: 'mask' });
  expect(readExif(mask.exif ?? Buffer.alloc(0))).toMatchObject(TOLD);
  for (const metadata of ['strip', undefined]) {
    const { exif, xmp, icc } = await metadataOf(metadata ? { metadata } : {});
    expect([exif, xmp, icc]).toEqual([undefined, undefined, undefined]);
  }
});

test('damaged EXIF is left out, byte by byte, and never an error', async () => {
  const { exif = Buffer.alloc(0) } = await sharp(photo).metadata();
  expect(readExif(exif)).toMatchObject(TOLD);
  for (let at = 0; at < exif.length; at++) {
    const damaged = Buffer.from(exif);
    damaged[at] = 0xff;
    expect(Object.keys(readExif(damaged))).toEqual(['IFD0', 'IFD2', 'IFD3']);
    expect(Object.keys(readExif(exif.subarray(0, at)))).toEqual(['IFD0', 'IFD2', 'IFD3']);
  }
});
