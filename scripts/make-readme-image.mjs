/** Makes docs/images/before-after.png: a photo, and beside it what `remuvr remove` makes of it, over a checkerboard. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';

const [photoName = 'astronaut.png', targetName = 'docs/images/before-after.png'] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const photo = path.join(root, 'test/photos', photoName);
const target = path.resolve(root, targetName);

const HEIGHT = 400;
const GAP = 16;
const TILE = 12;
/** A checkerboard is grey where the page is: it reads as transparency on a light page and on a dark one. */
const LIGHT = '#ffffff';
const DARK = '#d4d4d8';
/** 256 colours of an adaptive palette: a fifth of the bytes of true colour, and no difference that the eye finds. */
const PNG = { palette: true, quality: 95, compressionLevel: 9, effort: 10 };

const checkerboard = (width, height) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><pattern id="p" width="${TILE * 2}" height="${TILE * 2}" patternUnits="userSpaceOnUse">
      <rect width="${TILE * 2}" height="${TILE * 2}" fill="${LIGHT}"/>
      <rect width="${TILE}" height="${TILE}" fill="${DARK}"/>
      <rect x="${TILE}" y="${TILE}" width="${TILE}" height="${TILE}" fill="${DARK}"/>
    </pattern></defs><rect width="${width}" height="${height}" fill="url(#p)"/></svg>`);

const folder = await mkdtemp(path.join(tmpdir(), 'remuvr-image-'));
try {
  const cutout = path.join(folder, 'cutout.png');
  await promisify(execFile)(path.join(root, 'bin/remuvr'), ['remove', photo, '-o', cutout]);
  const before = await sharp(photo).resize({ height: HEIGHT }).png().toBuffer();
  const after = await sharp(cutout).resize({ height: HEIGHT }).png().toBuffer();
  const { width } = await sharp(before).metadata();
  await mkdir(path.dirname(target), { recursive: true });
  const canvas = { width: width * 2 + GAP, height: HEIGHT, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } };
  await sharp({ create: canvas })
    .composite([
      { input: before, left: 0, top: 0 },
      { input: checkerboard(width, HEIGHT), left: width + GAP, top: 0 },
      { input: after, left: width + GAP, top: 0 },
    ])
    .png(PNG)
    .toFile(target);
} finally {
  await rm(folder, { recursive: true, force: true });
}
