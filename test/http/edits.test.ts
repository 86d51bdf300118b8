/** Each parameter of edits by its effect on pixels, through the running server. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, call, createEnterprise, createForm, readPhoto, remove } from '../helpers/api.ts';
import { createInstallation, type Installation, type ServerProcess } from '../helpers/server.ts';

let installation: Installation;
let server: ServerProcess;
let key: string;
let photo: Buffer;
/** coffee.png, cut out and nothing else. */
let plain: Picture;
let box: Box;

const WIDTH = 600;
const HEIGHT = 400;

beforeAll(async () => {
  installation = await createInstallation();
  server = await installation.start();
  key = await createEnterprise(installation, 'acme');
  photo = await readPhoto('coffee.png');
  const answer = await edit({});
  plain = await open(answer.bytes);
  box = boxOf(answer);
});
afterAll(async () => await installation?.dispose());

type Box = { readonly top: number; readonly left: number; readonly width: number; readonly height: number };
type Picture = { readonly width: number; readonly height: number; at(x: number, y: number): number[] };

async function edit(fields: Record<string, string>, bytes = photo): Promise<Answer> {
  const answer = await remove(server, key, bytes, { fields });
  expect([answer.status, String(answer.status === 200 ? '' : answer.bytes)]).toEqual([200, '']);
  return answer;
}

async function open(bytes: Uint8Array): Promise<Picture> {
  const { channels = 3 } = await sharp(bytes).metadata();
  const picture = channels === 1 ? sharp(bytes).toColourspace('b-w') : sharp(bytes);
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    at: (x, y) => [...data.subarray((y * info.width + x) * info.channels, (y * info.width + x + 1) * info.channels)],
  };
}

function boxOf({ headers }: Answer): Box {
  const [top = 0, left = 0, width = 0, height = 0] = ['top', 'left', 'width', 'height'].map((name) =>
    Number(headers.get(`x-foreground-${name}`)),
  );
  return { top, left, width, height };
}

async function editAndOpen(fields: Record<string, string>) {
  const answer = await edit(fields);
  const picture = await open(answer.bytes);
  const said = ['x-width', 'x-height'].map((name) => Number(answer.headers.get(name)));
  expect(said).toEqual([picture.width, picture.height]);
  return { picture, box: boxOf(answer) };
}

/** Every third pixel of every third row, which is quick and misses nothing that is wide. */
function forEachPixel(
  { width, height }: Pick<Picture, 'width' | 'height'>,
  look: (x: number, y: number) => void,
): void {
  for (let y = 0; y < height; y += 3) for (let x = 0; x < width; x += 3) look(x, y);
}

/** Another number of threads may round a float otherwise. */
const NOISE = 2;

function expectNear(actual: readonly number[], expected: readonly number[], most: number, where: string): void {
  const off = actual.map((value, c) => Math.abs(value - (expected[c] as number)));
  if (Math.max(...off) > most) expect(actual, where).toEqual(expected);
}

/** The pixels of the plain cutout, so far to the right and down. */
function expectMoved(picture: Picture, right: number, down: number): void {
  forEachPixel(picture, (x, y) => {
    const [u, v] = [x - right, y - down];
    const isThere = u >= 0 && v >= 0 && u < WIDTH && v < HEIGHT;
    const expected = isThere ? plain.at(u, v) : [0, 0, 0, 0];
    // Under little alpha one step of it is many of colour.
    if ((expected[3] as number) < 20) expectNear(picture.at(x, y).slice(3), expected.slice(3), 20, `${x}, ${y}`);
    else expectNear(picture.at(x, y), expected, 4, `${x}, ${y}`);
  });
}

const over = (top: readonly number[], below: readonly number[]): number[] => {
  const alpha = (top[3] as number) / 255;
  return [0, 1, 2].map((c) => (top[c] as number) * alpha + (below[c] as number) * (1 - alpha));
};

describe('geometry', () => {
  test('crop is the box of the subject, pixel for pixel', async () => {
    const { picture, box: found } = await editAndOpen({ crop: 'true' });
    expect([picture.width, picture.height]).toEqual([box.width, box.height]);
    expect(found).toEqual({ ...box, top: 0, left: 0 });
    expectMoved(picture, -box.left, -box.top);
  });

  test('crop_margin is added to each side', async () => {
    const { picture, box: found } = await editAndOpen({ crop: 'true', crop_margin: '60px 20px 10% 40px' });
    const below = Math.round(box.height / 10);
    expect([picture.width, picture.height]).toEqual([box.width + 60, box.height + 60 + below]);
    expect([found.left, found.top]).toEqual([40, 60]);
    expectMoved(picture, 40 - box.left, 60 - box.top);
  });

  test('scale is the share of the result that the subject fills, and centres it', async () => {
    const { picture, box: found } = await editAndOpen({ scale: '50%' });
    expect([picture.width, picture.height]).toEqual([WIDTH, HEIGHT]);
    expect(Math.abs(found.height - HEIGHT / 2)).toBeLessThanOrEqual(1);
    expect(Math.abs(found.top - HEIGHT / 4)).toBeLessThanOrEqual(1);
    expect(Math.abs(found.width / found.height - box.width / box.height)).toBeLessThan(0.02);
    expect(Math.abs(found.left + found.width / 2 - WIDTH / 2)).toBeLessThanOrEqual(1);
  });

  test('position moves the subject in the space that it leaves free', async () => {
    const { picture, box: found } = await editAndOpen({ position: '0% 100%' });
    expect(found).toEqual({ ...box, left: 0, top: HEIGHT - box.height });
    forEachPixel(box, (x, y) => {
      const expected = plain.at(box.left + x, box.top + y);
      if (expected[3] === 255) expectNear(picture.at(x, found.top + y), expected, NOISE, `${x}, ${y}`);
    });
    expect(picture.at(WIDTH - 1, 0)).toEqual([0, 0, 0, 0]);
  });

  test('roi makes background of all that lies outside', async () => {
    const { picture, box: found } = await editAndOpen({ roi: '0 10% 300px 100%' });
    forEachPixel(picture, (x, y) => {
      const expected = x < 300 && y >= 40 ? plain.at(x, y).slice(3) : [0];
      expectNear(picture.at(x, y).slice(3), expected, NOISE, `${x}, ${y}`);
    });
    expect([found.left + found.width, found.top]).toEqual([300, 40]);
  });

  test('size bounds the pixels, and keeps the shape', async () => {
    const large = await sharp(photo).resize(1200, 800).png().toBuffer();
    const answer = await edit({ size: 'preview' }, large);
    const { width, height } = await open(answer.bytes);
    expect([width, height]).toEqual([612, 408]);
    const whole = await edit({ size: 'hd' }, large);
    expect(await sharp(whole.bytes).metadata()).toMatchObject({ width: 1200, height: 800 });
  });
});

describe('under the subject', () => {
  test('a colour is mixed to one level', async () => {
    const { picture } = await editAndOpen({ background: '#3a7f12' });
    forEachPixel(picture, (x, y) => {
      const expected = over(plain.at(x, y), [0x3a, 0x7f, 0x12]);
      expectNear(picture.at(x, y), [...expected, 255], 1 + NOISE, `${x}, ${y}`);
    });
    expect(picture.at(0, 0)).toEqual([0x3a, 0x7f, 0x12, 255]);
  });

  test('a colour with alpha leaves alpha', async () => {
    const { picture } = await editAndOpen({ background: '00f8' });
    expect(picture.at(0, 0)).toEqual([0, 0, 255, 0x88]);
  });

  test('a gradient goes from one corner to the other, and jpg shows it too', async () => {
    const { picture } = await editAndOpen({ background: 'linear-gradient(to right, black, white)', format: 'jpg' });
    const greys = [2, 150, 450, 597].map((x) => picture.at(x, 2)[0] as number);
    expectNear(greys, [1, 64, 191, 254], 6, 'top row');
  });

  test('a blur is opaque, and has the colours of the photo around the subject', async () => {
    const { picture } = await editAndOpen({ background: 'blur' });
    const source = await open(photo);
    const meanOf = (from: Picture) =>
      [0, 1, 2].map((c) => {
        let sum = 0;
        for (let y = 0; y < 40; y++) for (let x = 0; x < 40; x++) sum += from.at(x, y)[c] as number;
        return sum / 1600;
      });
    expectNear(meanOf(picture), meanOf(source), 15, 'the corner');
    expect([picture.at(0, 0)[3], picture.at(300, 200)[3]]).toEqual([255, 255]);
  });

  test('a picture covers the result, and is deleted with the photo', async () => {
    const halves = Buffer.alloc(90 * 30 * 3).map((_, i) => (Math.floor(i / 3) % 90 < 45 ? 250 : 10));
    const beach = await sharp(halves, { raw: { width: 90, height: 30, channels: 3 } })
      .png()
      .toBuffer();
    const form = createForm({ bytes: photo });
    form.append('background_file', new Blob([new Uint8Array(beach)]), 'beach.png');
    const answer = await call(server, '/remove', { method: 'POST', key, body: form });
    const picture = await open(answer.bytes);
    expect([picture.width, picture.height]).toEqual([WIDTH, HEIGHT]);
    expectNear(picture.at(2, 2), [250, 250, 250, 255], 1, 'left');
    expectNear(picture.at(WIDTH - 3, 2), [10, 10, 10, 255], 1, 'right');
    expect(await readdir(path.join(installation.dataDir, 'objects', 'uploads'))).toEqual([]);
  });

  test.each(['drop', 'contact'])('a shadow of kind %s is black, soft, and only in the alpha', async (shadow) => {
    const { picture, box: found } = await editAndOpen({
      crop: 'true',
      crop_margin: '20%',
      shadow,
      shadow_opacity: '80',
    });
    const [left, top] = [found.left - box.left, found.top - box.top];
    const levels = new Set<number>();
    forEachPixel(picture, (x, y) => {
      const [u, v] = [x - left, y - top];
      const isClear = u < 0 || v < 0 || u >= WIDTH || v >= HEIGHT || plain.at(u, v)[3] === 0;
      const [r, g, b, a = 0] = picture.at(x, y);
      if (!isClear) return;
      expect([r, g, b]).toEqual([0, 0, 0]);
      levels.add(a);
    });
    expect(Math.max(...levels)).toBeLessThanOrEqual(205);
    expect(levels.size).toBeGreaterThan(40);
    expect(found.width).toBe(box.width);
  });

  test('an outline is around the subject, in its colour', async () => {
    const { picture } = await editAndOpen({ outline: '6px #ff00ff' });
    const row = box.top + Math.floor(box.height / 2);
    const edge = Array.from({ length: WIDTH }, (_, x) => x).find((x) => (plain.at(x, row)[3] as number) > 127) ?? 0;
    expectNear(picture.at(edge - 4, row), [255, 0, 255, 255], 25, 'outside of the edge');
    expect(picture.at(edge - 9, row)[3]).toBe(0);
  });
});

describe('output', () => {
  test('alpha16 is the matte in 16 bits, finer than bytes', async () => {
    const { bytes } = await edit({ output: 'alpha16' });
    expect(await sharp(bytes).metadata()).toMatchObject({ depth: 'ushort', channels: 1, width: WIDTH, height: HEIGHT });
    const raw = await sharp(bytes).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
    const deep = new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2);
    forEachPixel(plain, (x, y) =>
      expectNear([(deep[y * WIDTH + x] as number) / 257], plain.at(x, y).slice(3), NOISE, `${x}, ${y}`),
    );
    expect(new Set(deep).size).toBeGreaterThan(1000);
  });

  test('trimap has three values, which agree with the matte', async () => {
    const { picture } = await editAndOpen({ output: 'trimap' });
    const counts = new Map([
      [0, 0],
      [128, 0],
      [255, 0],
    ]);
    forEachPixel(picture, (x, y) => {
      const [value = -1] = picture.at(x, y);
      counts.set(value, (counts.get(value) ?? 0) + 1);
      const alpha = plain.at(x, y)[3] as number;
      if (value === 255) expect(alpha).toBeGreaterThan(235);
      if (value === 0) expect(alpha).toBeLessThan(20);
    });
    expect(counts.size).toBe(3);
    expect(Math.min(...counts.values())).toBeGreaterThan(50);
  });

  test('foreground is opaque, and has the colours of the cutout', async () => {
    const { picture } = await editAndOpen({ output: 'foreground' });
    forEachPixel(picture, (x, y) => {
      const expected = plain.at(x, y);
      if ((expected[3] as number) > 30) expectNear(picture.at(x, y), expected.slice(0, 3), 8, `${x}, ${y}`);
    });
    expect(picture.at(0, 0)).toHaveLength(3);
  });

  test('tiff holds the cutout as png does', async () => {
    const answer = await edit({ format: 'tiff' });
    expect([answer.type, (await sharp(answer.bytes).metadata()).format]).toEqual(['image/tiff', 'tiff']);
    expectMoved(await open(answer.bytes), 0, 0);
  });

  test.each(['png', 'jpg', 'tiff'])('dpi is told in a %s, and no pixel changes size', async (format) => {
    const { bytes } = await edit({ dpi: '300', format });
    expect(await sharp(bytes).metadata()).toMatchObject({ density: 300, width: WIDTH, height: HEIGHT });
  });
});

describe('preset', () => {
  test('amazon is pure white, square, 1600 pixels and more, filled to 85 %', async () => {
    const { picture, box: found } = await editAndOpen({ preset: 'amazon' });
    expect([picture.width, picture.height]).toEqual([1600, 1600]);
    expect(picture.at(0, 0)).toEqual([255, 255, 255, 255]);
    expect(Math.abs(Math.max(found.width, found.height) - 1360)).toBeLessThanOrEqual(2);
    expect(Math.abs(found.left * 2 + found.width - 1600)).toBeLessThanOrEqual(2);
  });

  test.each([
    ['ebay', 1600, 1600],
    ['shopify', 2048, 2048],
    ['passport', 827, 1063],
  ])('%s is %d × %d', async (preset, width, height) => {
    const { picture } = await editAndOpen({ preset });
    expect([picture.width, picture.height]).toEqual([width, height]);
  });

  test('gives way to what is said beside it', async () => {
    const { picture } = await editAndOpen({ preset: 'amazon', background: 'black', size: 'preview' });
    expect([picture.width, picture.at(0, 0)]).toEqual([500, [0, 0, 0, 255]]);
  });
});
