/** Pictures of all sizes and formats, made of the photos of the tests. */
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { PHOTOS } from '../server.ts';

const NAMES = ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg'];
const photoOf = (i: number): Sharp => sharp(path.join(PHOTOS, NAMES[i % NAMES.length] as string));

/** The longer sides of the small ones. */
const SIDES = [160, 300, 512, 777, 1024, 1600, 240];
const ENCODERS: readonly ((photo: Sharp) => Sharp)[] = [
  (photo) => photo.jpeg(),
  (photo) => photo.png(),
  (photo) => photo.webp(),
  (photo) => photo.gif(),
  (photo) => photo.tiff(),
];

/** All combinations, for their counts share no factor with each other. */
export async function makeMixedPhotos(): Promise<Buffer[]> {
  const photos: Buffer[] = [];
  for (let i = 0; i < NAMES.length * SIDES.length * ENCODERS.length; i++) {
    const side = SIDES[i % SIDES.length] as number;
    const encode = ENCODERS[i % ENCODERS.length] as (typeof ENCODERS)[number];
    photos.push(await encode(photoOf(i).resize(side, side, { fit: 'inside' })).toBuffer());
  }
  return photos;
}

export type Pictures = Readonly<
  Record<'smallJpeg' | 'smallPng' | 'smallWebp' | 'jpeg1Mp' | 'png1Mp' | 'jpeg12Mp' | 'broken' | 'text', Buffer>
>;

export async function makePictures(): Promise<Pictures> {
  const cover = (i: number, width: number, height: number) => photoOf(i).resize(width, height, { fit: 'cover' });
  const smallJpeg = await cover(1, 400, 300).jpeg().toBuffer();
  return {
    smallJpeg,
    smallPng: await cover(2, 300, 400).png().toBuffer(),
    smallWebp: await cover(3, 512, 512).webp().toBuffer(),
    jpeg1Mp: await cover(0, 1155, 866).jpeg({ quality: 90 }).toBuffer(),
    png1Mp: await cover(1, 1000, 1000).png().toBuffer(),
    jpeg12Mp: await cover(0, 4000, 3000).jpeg({ quality: 85 }).toBuffer(),
    // Its head is right, its end is missing: accepted, and refused by the decoder.
    broken: smallJpeg.subarray(0, smallJpeg.length / 2),
    text: Buffer.from('This is a letter, and no picture. '.repeat(50)),
  };
}
