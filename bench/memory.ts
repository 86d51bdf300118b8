/** Memory of the server and its children together, after the first photos and after many. */
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { PHOTOS } from '../test/helpers/server.ts';
import { type BenchServer, openBenchServer } from './bench-server.ts';
import { AIMS, printFinding } from './findings.ts';

const FIRST_PHOTOS = 50;
const NAMES = ['astronaut.png', 'chelsea.png', 'coffee.png', 'rocket.jpg'];
/** The longer sides. */
const SIDES = [160, 300, 512, 777, 1024, 1600, 240];
const ENCODERS: readonly ((photo: Sharp) => Sharp)[] = [
  (photo) => photo.jpeg(),
  (photo) => photo.png(),
  (photo) => photo.webp(),
  (photo) => photo.gif(),
  (photo) => photo.tiff(),
];

/** All combinations, for their counts share no factor with each other. */
async function makeMixedPhotos(): Promise<Buffer[]> {
  const photos: Buffer[] = [];
  for (let i = 0; i < NAMES.length * SIDES.length * ENCODERS.length; i++) {
    const photo = sharp(path.join(PHOTOS, NAMES[i % NAMES.length] as string));
    const side = SIDES[i % SIDES.length] as number;
    const encode = ENCODERS[i % ENCODERS.length] as (typeof ENCODERS)[number];
    photos.push(await encode(photo.resize(side, side, { fit: 'inside' })).toBuffer());
  }
  return photos;
}

/** On a server of its own, since the peaks of larger pictures would hide a drift. */
export async function benchMemory(count: number, cores: number): Promise<void> {
  const photos = await makeMixedPhotos();
  const server = await openBenchServer();
  try {
    let next = 0;
    const removeUntil = async (end: number): Promise<void> => {
      while (next < end) {
        const i = next++;
        await server.remove(photos[i % photos.length] as Buffer, i % 4 === 3 ? 'auto' : 'fast');
      }
    };
    const removeAtOnce = (end: number) => Promise.all(Array.from({ length: cores + 1 }, () => removeUntil(end)));
    await removeAtOnce(FIRST_PHOTOS);
    const early = await sumMemory(server);
    await removeAtOnce(count);
    const late = await sumMemory(server);
    const detail = `${late} / ${early} MiB, server and children together`;
    printFinding(`memory after ${count} photos / after ${FIRST_PHOTOS}`, late / early, AIMS.memoryDrift, detail);
  } finally {
    await server.close();
  }
}

async function sumMemory(server: BenchServer): Promise<number> {
  const { server: own, children } = await server.readMemory();
  return [own, ...children].reduce((sum, { nowMib }) => sum + nowMib, 0);
}
