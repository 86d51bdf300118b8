/** Each parameter of the remove.bg dialect, by what it does to the pixels. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createForm } from '../helpers/api.ts';
import { type DialectServer, openDialectServer } from '../helpers/dialects.ts';
import type { PictureHost } from '../helpers/picture-host.ts';
import type { ServerProcess } from '../helpers/server.ts';

let dialects: DialectServer;
let server: ServerProcess;
let host: PictureHost;
let key: string;
let photo: Buffer;
let blue: Buffer;

beforeAll(async () => {
  blue = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#0000ff' } })
    .png()
    .toBuffer();
  dialects = await openDialectServer({ '/blue.png': blue });
  ({ server, host, key, photo } = dialects);
});
afterAll(() => dialects?.close());

async function cut(fields: Readonly<Record<string, string>>, { bytes = photo, background = false } = {}) {
  const body = createForm({ bytes, field: 'image_file' }, { size: 'auto', format: 'png', ...fields });
  if (background) body.append('bg_image_file', new Blob([new Uint8Array(blue)]), 'blue.png');
  const answer = await fetch(`${server.url}/v1.0/removebg`, { method: 'POST', body, headers: { 'X-Api-Key': key } });
  const answered = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) return { status: answer.status, code: JSON.parse(String(answered)).errors[0].code };
  const { data, info } = await sharp(answered).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * channels).subarray(0, channels)];
  const number = (name: string): number => Number(answer.headers.get(name));
  const [top, left] = [number('x-foreground-top'), number('x-foreground-left')];
  const box = { top, left, width: number('x-foreground-width'), height: number('x-foreground-height') };
  expect([number('x-width'), number('x-height')]).toEqual([width, height]);
  const largest = [number('x-max-width'), number('x-max-height')];
  return { status: answer.status, data, width, height, at, box, largest };
}
type Cut = Required<Awaited<ReturnType<typeof cut>>>;
const cutOut = async (...given: Parameters<typeof cut>) => {
  const result = await cut(...given);
  expect(result.status).toBe(200);
  return result as Cut;
};

describe('size', () => {
  test.each([
    ['preview', 250_000],
    ['small', 250_000],
    ['regular', 250_000],
    ['medium', 1_500_000],
    ['full', 10_000_000],
    ['auto', 10_000_000],
  ])('%s has at most %i pixels, and the shape of the picture', async (size, most) => {
    const large = await sharp(photo).resize(1800, 1200, { fit: 'fill' }).jpeg().toBuffer();
    const { width, height, largest } = await cutOut({ size }, { bytes: large });
    const expected = Math.min(1800 * 1200, most);
    expect(width * height).toBeLessThanOrEqual(expected);
    expect(width * height).toBeGreaterThan(expected * 0.98);
    expect(Math.abs(width / height - 1.5)).toBeLessThan(0.01);
    expect(largest).toEqual([1800, 1200]);
  });

  test('is preview where none is given', async () => {
    const { width, height } = await cutOut({ size: '' });
    expect(width * height).toBeLessThanOrEqual(250_000);
  });
});

describe('geometry', () => {
  test('crop leaves the subject alone, and crop_margin puts space around it', async () => {
    const whole = await cutOut({});
    const cropped = await cutOut({ crop: 'true' });
    expect([cropped.width, cropped.height]).toEqual([whole.box.width, whole.box.height]);
    const spaced = await cutOut({ crop: 'True', crop_margin: '10px 20px 30px 40px' });
    expect([spaced.width, spaced.height]).toEqual([cropped.width + 60, cropped.height + 40]);
    expect([spaced.box.top, spaced.box.left]).toEqual([10, 40]);
  });

  test('roi hides what lies outside', async () => {
    const { at, box } = await cutOut({ roi: '0 0 50% 100%' });
    expect(box.left + box.width).toBeLessThanOrEqual(320);
    for (let y = 0; y < 427; y += 20) expect(at(330, y)[3]).toBe(0);
  });

  test('scale is the share that the subject fills, in the middle', async () => {
    const { width, height, box } = await cutOut({ scale: '50%' });
    expect([width, height]).toEqual([640, 427]);
    expect(Math.abs(Math.max(box.width / width, box.height / height) - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(box.left + box.width / 2 - width / 2)).toBeLessThan(3);
    expect(Math.abs(box.top + box.height / 2 - height / 2)).toBeLessThan(3);
  });

  test('position puts it elsewhere', async () => {
    const { box, height } = await cutOut({ scale: '50%', position: '0% 100%' });
    expect(box.left).toBeLessThan(3);
    expect(Math.abs(box.top + box.height - height)).toBeLessThan(3);
  });

  test.each([
    ['roi_region_empty', '10px 10px 10px 10px'],
    ['roi_exceeds_bounds', '0 0 9000px 100%'],
  ])('is refused: %s', async (code, roi) => {
    expect(await cut({ roi })).toEqual({ status: 400, code });
  });
});

describe('the background', () => {
  const SKY = [3, 3] as const;

  test('is the colour', async () => {
    expect((await cutOut({ bg_color: '81d4fa' })).at(...SKY).slice(0, 3)).toEqual([0x81, 0xd4, 0xfa]);
    expect((await cutOut({ bg_color: 'rebeccapurple' })).at(...SKY).slice(0, 3)).toEqual([0x66, 0x33, 0x99]);
    expect((await cutOut({ bg_color: '#f008' })).at(...SKY)).toEqual([255, 0, 0, 0x88]);
  });

  test('is the picture, by file and by URL', async () => {
    expect((await cutOut({}, { background: true })).at(...SKY).slice(0, 3)).toEqual([0, 0, 255]);
    expect((await cutOut({ bg_image_url: `${host.url}/blue.png` })).at(...SKY).slice(0, 3)).toEqual([0, 0, 255]);
  });

  test('is one', async () => {
    expect(await cut({ bg_color: 'red' }, { background: true })).toEqual({ status: 400, code: 'multiple_bg_sources' });
  });
});

describe('a shadow', () => {
  const visible = ({ data }: Cut): number => data.filter((value, i) => i % 4 === 3 && value > 0).length;

  test.each([{ add_shadow: 'true' }, { shadow_type: 'drop' }, { shadow_type: '3D' }, { shadow_type: 'car' }])(
    'by %j covers more than the subject',
    async (fields) => {
      expect(visible(await cutOut({ ...fields }))).toBeGreaterThan(visible(await cutOut({})) + 500);
    },
  );

  test('is as dark as shadow_opacity says', async () => {
    const sum = ({ data }: Cut) => data.reduce((total, value, i) => total + (i % 4 === 3 ? value : 0), 0);
    const [faint, dark] = [
      await cutOut({ shadow_type: 'drop', shadow_opacity: '10' }),
      await cutOut({ shadow_type: 'drop', shadow_opacity: '90' }),
    ];
    expect(sum(dark)).toBeGreaterThan(sum(faint) * 1.05);
  });

  test('is none by shadow_type=none', async () => {
    const { data } = await cutOut({ add_shadow: 'true', shadow_type: 'none' });
    expect(data.equals((await cutOut({})).data)).toBe(true);
  });
});

test('what is checked and no more changes nothing', async () => {
  const { data } = await cutOut({});
  const fields = { semitransparency: 'false', type: 'person', type_level: '2' };
  expect((await cutOut(fields)).data.equals(data)).toBe(true);
});
