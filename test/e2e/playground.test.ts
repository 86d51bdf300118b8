/** The playground in a real browser, on the real program: every way in, what can be done there, and every way out. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Dashboard, findViolations, openDashboard } from '../helpers/dashboard.ts';
import { PHOTOS } from '../helpers/server.ts';
import { signUp } from '../helpers/visitor.ts';

/** A removal on a machine that has more to do. */
const SOON = { timeout: 60_000 };
const photo = (name: string): string => path.join(PHOTOS, name);

let dashboard: Dashboard;
let page: Page;
let folder: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  ({ page } = dashboard);
  await dashboard.become(await signUp(dashboard.server, 'ada@example.com'));
  folder = await mkdtemp(path.join(tmpdir(), 'remuvr-pictures-'));
});
afterAll(async () => {
  await dashboard?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => dashboard.open('/playground'));

const button = (name: string | RegExp) => dashboard.button(name);
const choose = (...files: string[]) => page.locator('input[type=file][multiple]').setInputFiles(files);

async function download(name: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(name).click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Red, green, blue and alpha at a place, in shares of the sides. */
async function pixelOf(bytes: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = Math.floor(y * (info.height - 1)) * info.width + Math.floor(x * (info.width - 1));
  return [...data.subarray(at * 4, at * 4 + 4)];
}

async function openPortrait(): Promise<void> {
  await button('Take the sample: Portrait').click();
  await button('PNG').waitFor(SOON);
}

/** What a drag or the clipboard carries. */
type Transfer = { items: { add(file: unknown): void } };
const carrySample = (sample: string, name: string) =>
  page.evaluateHandle(
    async ([from, called]) => {
      const { DataTransfer: Carrier } = globalThis as unknown as { DataTransfer: new () => Transfer };
      const transfer = new Carrier();
      const blob = await (await fetch(`/samples/${from}`)).blob();
      transfer.items.add(new File([blob], called ?? '', { type: 'image/jpeg' }));
      return transfer;
    },
    [sample, name],
  );

test('pictures are chosen, dropped and pasted; each has its own state, and all come home in one ZIP', async () => {
  await writeFile(path.join(folder, 'torn.jpg'), 'no picture');
  await choose(photo('astronaut.png'), path.join(folder, 'torn.jpg'));
  const dropped = await carrySample('coffee.jpg', 'coffee.jpg');
  await page.dispatchEvent('body', 'dragover', { dataTransfer: dropped });
  await page.getByText('Drop to remove the background').waitFor();
  await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
  await page.getByText('Drop to remove the background').waitFor({ state: 'detached' });
  await page.evaluate(
    (clipboardData) => {
      type Paste = new (type: string, init: object) => unknown;
      const { ClipboardEvent, document } = globalThis as unknown as {
        ClipboardEvent: Paste;
        document: { body: { dispatchEvent(event: unknown): void } };
      };
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    },
    await carrySample('chelsea.jpg', ''),
  );
  await page.getByText('3 of 4 done, 1 failed').waitFor(SOON);

  await button('torn.jpg, failed').click();
  expect(await page.getByRole('alert').textContent()).toContain('torn.jpg: ');
  await button('Try again').waitFor();
  expect(await findViolations(page)).toEqual([]);

  const { name, bytes } = await download('All as ZIP');
  expect(name).toBe('cutouts.zip');
  const files = unzipSync(bytes);
  expect(Object.keys(files).sort()).toEqual(['astronaut-cutout.png', 'coffee-cutout.png', 'pasted-cutout.png']);
  for (const file of Object.values(files)) {
    expect(await sharp(file).metadata()).toMatchObject({ format: 'png', hasAlpha: true });
  }
  await button('Put torn.jpg away').click();
  await page.getByText('3 of 3 done').waitFor();
});

test('what is no picture is refused before it is sent', async () => {
  await writeFile(path.join(folder, 'notes.txt'), 'no picture');
  await choose(path.join(folder, 'notes.txt'));
  await page.getByText('Only pictures can be sent').waitFor();
  expect(await page.getByRole('region', { name: 'Your pictures' }).count()).toBe(0);
});

test('progress is told in words and by a bar, as the events of the job tell it', async () => {
  const told = [
    '{"status":"queued","position":2}',
    '{"status":"processing","stage":"infer"}',
    // A server that tells no stage.
    '{"status":"processing"}',
  ];
  // The browser asks again a second after each, so that each is there to be seen; then the server itself answers.
  await page.route('**/api/jobs/*/events', async (route) => {
    const state = told.shift();
    if (state === undefined) return await route.continue();
    await route.fulfill({ contentType: 'text/event-stream', body: `retry: 1000\nevent: state\ndata: ${state}\n\n` });
  });
  await button('Take the sample: Cat').click();
  const bar = page.getByRole('progressbar', { name: 'Progress of chelsea.jpg' });
  const share = async (): Promise<number> => Number(await bar.getAttribute('aria-valuenow'));
  await page.getByText('In the queue, place 2').waitFor();
  const queued = await share();
  await page.getByText('Finding the subject').waitFor();
  expect(await share()).toBeGreaterThan(queued);
  await page.getByText('Removing the background').waitFor();
  await button('PNG').waitFor(SOON);
  await page.unroute('**/api/jobs/*/events');
});

test('every background and every format comes home as it was seen', async () => {
  await openPortrait();
  expect((await pixelOf((await download('PNG')).bytes, 0.99, 0.01))[3]).toBe(0);

  await button('Blue').click();
  const jpg = await download('JPG');
  expect([jpg.name, (await sharp(jpg.bytes).metadata()).format]).toEqual(['astronaut-cutout.jpg', 'jpeg']);
  const [red = 255, , blue = 0] = await pixelOf(jpg.bytes, 0.99, 0.01);
  expect([red < 70, blue > 220]).toEqual([true, true]);

  await button('Gradient').click();
  const webp = await download('WebP');
  expect((await sharp(webp.bytes).metadata()).format).toBe('webp');
  const [from, to] = [await pixelOf(webp.bytes, 0.01, 0.3), await pixelOf(webp.bytes, 0.99, 0.3)];
  expect([from[3], to[3]]).toEqual([255, 255]);
  expect(from[0]).toBeGreaterThan((to[0] ?? 255) + 20);

  const own = path.join(folder, 'own.png');
  await sharp({ create: { width: 8, height: 8, channels: 3, background: '#ff0000' } }).toFile(own);
  await page.getByLabel('Own picture as background').setInputFiles(own);
  await page.locator('label[title="Own picture"].outline-accent').waitFor();
  expect(await pixelOf((await download('PNG')).bytes, 0.99, 0.01)).toEqual([255, 0, 0, 255]);

  const mask = await download('Mask');
  expect(mask.name).toBe('astronaut-mask.png');
  expect(await pixelOf(mask.bytes, 0.99, 0.01)).toEqual([0, 0, 0, 255]);
  expect((await pixelOf(mask.bytes, 0.5, 0.5))[0]).toBeGreaterThan(250);
});

test('without a mouse: zoomed to the pixel, moved, split, painted, taken back, and brushed again', async () => {
  await openPortrait();
  const canvas = page.locator('canvas');
  const picture = (): Promise<string> =>
    canvas.evaluate((shown: unknown) => (shown as { toDataURL(): string }).toDataURL());
  const alphaOfTheMiddle = async (): Promise<number | undefined> =>
    (await pixelOf((await download('PNG')).bytes, 0.5, 0.5))[3];
  const fitted = await picture();
  await page.getByTitle('Show pixel for pixel').click();
  await page.getByText('100 %', { exact: true }).waitFor();
  await canvas.focus();
  for (let step = 0; step < 5; step += 1) await page.keyboard.press('+');
  await page.getByText('538 %').waitFor();
  const zoomed = await picture();
  await page.keyboard.press('ArrowLeft');
  expect(await picture()).not.toBe(zoomed);
  await page.keyboard.press('0');
  expect(await picture()).toBe(fitted);

  const split = page.getByRole('slider', { name: 'Split between the photo and the cut-out' });
  await split.focus();
  await page.keyboard.press('End');
  expect(await split.getAttribute('aria-valuenow')).toBe('100');
  expect(await picture()).not.toBe(fitted);

  await page.getByRole('radio', { name: 'Look' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  expect(await page.getByRole('radio', { name: 'Erase' }).isChecked()).toBe(true);
  const size = page.getByRole('slider', { name: 'Size' });
  const before = Number(await size.inputValue());
  await page.keyboard.press(']');
  expect(Number(await size.inputValue())).toBeGreaterThan(before);
  await canvas.focus();
  await page.keyboard.press(' ');
  expect(await alphaOfTheMiddle()).toBe(0);
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Control+z');
  expect(await alphaOfTheMiddle()).toBeGreaterThan(250);
  await page.keyboard.press('Control+Shift+Z');
  expect(await alphaOfTheMiddle()).toBe(0);
  await page.getByRole('radio', { name: 'Erase' }).focus();
  await page.keyboard.press('ArrowLeft');
  await canvas.focus();
  await page.keyboard.press(' ');
  expect(await alphaOfTheMiddle()).toBe(255);
});

test('a server that is gone is told in words, and asked again by a button', async () => {
  await page.route('**/api/playground/removals', (route) => route.abort());
  await button('Take the sample: Cup').click();
  expect(await page.getByRole('alert').textContent()).toContain('The server cannot be reached');
  await page.unroute('**/api/playground/removals');
  await button('Try again').click();
  await button('PNG').waitFor(SOON);
});
