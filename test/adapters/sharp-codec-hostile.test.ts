import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSharpCodec } from '../../src/adapters/sharp-codec.ts';
import { usePictureFolder } from '../helpers/picture-folder.ts';
import { fromPixels, makeDetailedPicture, makePngBomb } from '../helpers/picture-maker.ts';

const codec = createSharpCodec({ threads: 1 });
const folder = usePictureFolder();
const MAX_PIXELS = 50_000_000;
const decode = async (bytes: Uint8Array | string, maxPixels = MAX_PIXELS) =>
  codec.decode(await folder.write(bytes), { maxPixels });
/** The code of the refusal, or the pixels. */
const attempt = async (bytes: Uint8Array | string, maxPixels = MAX_PIXELS): Promise<string | Uint8Array> => {
  try {
    return (await decode(bytes, maxPixels)).rgb;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

const MAKERS = {
  jpeg: () => makeDetailedPicture(160, 120).jpeg(),
  'progressive jpeg': () => makeDetailedPicture(160, 120).jpeg({ progressive: true }),
  png: () => makeDetailedPicture(160, 120).png(),
  'interlaced png': () => makeDetailedPicture(160, 120).png({ progressive: true }),
  webp: () => makeDetailedPicture(160, 120).webp(),
  'lossless webp': () => makeDetailedPicture(160, 120).webp({ lossless: true }),
  gif: () => makeDetailedPicture(160, 120).gif(),
  tiff: () => makeDetailedPicture(160, 120).tiff({ compression: 'lzw' }),
  'tiff of jpeg': () => makeDetailedPicture(160, 120).tiff({ compression: 'jpeg' }),
  avif: () => makeDetailedPicture(160, 120).avif({ effort: 0 }),
};

describe('a file that is cut', () => {
  it.each(Object.entries(MAKERS))('%s: at ten places it is invalid_image', async (_, make) => {
    const file = await make().toBuffer();
    expect(await attempt(file)).toBeInstanceOf(Uint8Array);
    for (const share of [0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.99]) {
      expect(await attempt(file.subarray(0, Math.floor(file.length * share)))).toBe('invalid_image');
    }
  });

  it.each(Object.entries(MAKERS))('%s: in its last 40 bytes no pixel is lost in silence', async (_, make) => {
    const file = await make().toBuffer();
    const whole = await attempt(file);
    for (let cut = 1; cut <= 40; cut++) {
      const result = await attempt(file.subarray(0, file.length - cut));
      if (result !== 'invalid_image') expect(Buffer.compare(result as Uint8Array, whole as Uint8Array)).toBe(0);
    }
  });

  it('a PNG without its end chunk has all its pixels, and passes', async () => {
    const png = await MAKERS.png().toBuffer();
    expect(await attempt(png.subarray(0, png.length - 12))).toEqual(await attempt(png));
  });
});

describe('a file that is damaged', () => {
  it('inside the pixels of a PNG is invalid_image', async () => {
    const png = await MAKERS.png().toBuffer();
    png.fill(0x55, png.length >> 1, (png.length >> 1) + 200);
    expect(await attempt(png)).toBe('invalid_image');
  });
  it('in a single bit of a PNG is invalid_image, since its checksum fails', async () => {
    const png = await MAKERS.png().toBuffer();
    png[png.indexOf('IEND') - 5] = (png[png.indexOf('IEND') - 5] ?? 0) ^ 1;
    expect(await attempt(png)).toBe('invalid_image');
  });
  it('only after its end passes', async () => {
    for (const make of [MAKERS.jpeg, MAKERS.png, MAKERS.gif]) {
      expect(await attempt(Buffer.concat([await make().toBuffer(), Buffer.alloc(1000, 7)]))).toBeInstanceOf(Uint8Array);
    }
  });
  it('in a note that holds no pixel passes', async () => {
    const png = await MAKERS.png().toBuffer();
    const note = Buffer.from('0000000874455874612062636465666700000000', 'hex');
    expect(await attempt(Buffer.concat([png.subarray(0, 33), note, png.subarray(33)]))).toBeInstanceOf(Uint8Array);
  });
});

describe('what is no picture', () => {
  it.each([
    ['nothing', ''],
    ['text', 'This is a photo, I promise.'],
    ['a magic number alone', Buffer.from([0xff, 0xd8, 0xff])],
    ['zeros', Buffer.alloc(5000)],
    ['CSV, which libvips could load', '1,2,3\n4,5,6\n'],
  ])('%s is invalid_image', async (_, bytes) => {
    expect(await attempt(bytes)).toBe('invalid_image');
  });
});

describe('formats that are not accepted', () => {
  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'],
    ['PDF', '%PDF-1.4\n%\xe2\xe3\n'],
    ['PSD', '8BPS\0\x01\0\0\0\0'],
    ['JPEG XL', Buffer.from([0xff, 0x0a, 0xfa, 0x1f])],
    ['JPEG 2000', Buffer.from('0000000c6a5020200d0a870a', 'hex')],
    ['an icon', Buffer.from('000001000100101000000000000000000000', 'hex')],
    ['HEIC', Buffer.from('000000186674797068656963000000006d69663168656963', 'hex')],
  ])('%s is unsupported_format', async (_, bytes) => {
    expect(await attempt(bytes)).toBe('unsupported_format');
  });

  it('no other loader of libvips can be reached', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>');
    await expect(sharp(svg).png().toBuffer()).rejects.toThrow();
    const native = folder.newPath('picture.v');
    await fromPixels(new Uint8Array(3), 1, 1, 3).toFile(native);
    await expect(sharp(native).png().toBuffer()).rejects.toThrow();
  });
});

describe('polyglots', () => {
  it('a GIF that is also a script is damaged, and a PNG with a ZIP behind it is a PNG', async () => {
    expect(await attempt('GIF89a/*\0\0\0*/=1;alert(document.cookie)//')).toBe('invalid_image');
    const png = await MAKERS.png().toBuffer();
    const zip = Buffer.from('504b0506000000000000000000000000000000000000', 'hex');
    expect(await attempt(Buffer.concat([png, zip]))).toEqual(await attempt(png));
  });
  it('an SVG behind the magic of a JPEG never reaches the SVG loader', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    expect(await attempt(Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 90]), Buffer.from(svg)]))).toBe(
      'invalid_image',
    );
  });
});

describe('bombs', () => {
  let bomb: Buffer;
  beforeAll(() => {
    bomb = makePngBomb(50_000, 50_000, 20);
  });

  it('50,000 × 50,000 in a few kB is refused from its header, fast and without memory', async () => {
    expect(bomb.length).toBeLessThan(10_000);
    const rssBefore = process.memoryUsage().rss;
    const startedAt = performance.now();
    expect(await attempt(bomb)).toBe('too_many_pixels');
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(50_000_000);
  });

  it('the limit is inclusive, and counts the pixels of one page and of either orientation', async () => {
    const make = () => fromPixels(new Uint8Array(40 * 25 * 3), 40, 25, 3);
    const turned = await make().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await attempt(turned, 1000)).toBeInstanceOf(Uint8Array);
    expect(await attempt(turned, 999)).toBe('too_many_pixels');
    const page = await make().png().toBuffer();
    const animated = await sharp([page, await make().negate().png().toBuffer()], { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    expect((await sharp(animated).metadata()).pages).toBe(2);
    expect(await attempt(animated, 1000)).toBeInstanceOf(Uint8Array);
    expect(await attempt(animated, 999)).toBe('too_many_pixels');
  });

  it('the same holds for GIF and TIFF that declare more than they hold', async () => {
    const gif = await MAKERS.gif().toBuffer();
    const frame = gif.indexOf(Buffer.from([0x2c, 0, 0, 0, 0, 160, 0, 120, 0]));
    for (const at of [6, 8, frame + 5, frame + 7]) gif.writeUInt16LE(65_535, at);
    expect(await attempt(gif)).toBe('too_many_pixels');
    const tiff = await makeDetailedPicture(64, 64).tiff({ compression: 'none' }).toBuffer();
    const entries = tiff.readUInt32LE(4);
    for (let i = 0; i < tiff.readUInt16LE(entries); i++) {
      const entry = entries + 2 + i * 12;
      // ImageWidth and ImageLength, as LONG.
      if ([256, 257].includes(tiff.readUInt16LE(entry))) {
        tiff.writeUInt16LE(4, entry + 2);
        tiff.writeUInt32LE(60_000, entry + 8);
      }
    }
    expect(await attempt(tiff)).toBe('too_many_pixels');
  });
});
