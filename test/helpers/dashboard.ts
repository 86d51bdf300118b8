/** The dashboard in Chromium, on the real program; and what no page may do: speak to others, or complain. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { createInstallation, type Installation, type ServerProcess } from './server.ts';
import type { Visitor } from './visitor.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type Dashboard = {
  readonly installation: Installation;
  readonly server: ServerProcess;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: readonly string[];
  open(address: string): Promise<void>;
  /** A string is the whole name. */
  button(name: string | RegExp): Locator;
  /** The browser goes on as somebody who has signed in elsewhere. */
  become(visitor: Visitor): Promise<void>;
  close(): Promise<void>;
};

export async function openDashboard(settings: Record<string, string> = {}): Promise<Dashboard> {
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/ensure-web.mjs'), '--strict']);
  const installation = await createInstallation(settings);
  const server = await installation.start();
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  return {
    installation,
    server,
    context,
    page,
    complaints: watch(page, server.url),
    open: async (address) => void (await page.goto(server.url + address, { waitUntil: 'networkidle' })),
    button: (name) => page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name }),
    become: async ({ cookies }) =>
      await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url: server.url }))),
    async close() {
      await browser.close();
      await installation.dispose();
    },
  };
}

function watch(page: Page, own: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(own) && !/^(blob|data):/.test(url)) complaints.push(`asked for ${url}`);
  });
  return complaints;
}

let axe: string | undefined;

/** The rules of axe-core that the page breaks as it is now. */
export async function findViolations(page: Page): Promise<string[]> {
  axe ??= await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    type Found = { id: string; nodes: { target: string[] }[] };
    const { axe: checker } = globalThis as unknown as { axe: { run(): Promise<{ violations: Found[] }> } };
    const { violations } = await checker.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
}

const FINGER_PIXELS = 40;

/** What is to be pressed and smaller than a finger; links inside of a sentence are as high as it. */
export async function findSmallTargets(page: Page): Promise<string[]> {
  const targets = page.locator(
    'button, select, summary, input:not([type=hidden]), [role=slider], a[href]:not(.prose-link, .underline)',
  );
  return await targets.evaluateAll((found, least) => {
    type Box = { width: number; height: number };
    type Target = { closest(what: string): Target | null; getBoundingClientRect(): Box; textContent: string | null };
    return (found as unknown as Target[])
      .map((target) => ({ target, box: (target.closest('label') ?? target).getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < least - 0.5 || box.height < least - 0.5))
      .map(({ target, box }) => `${target.textContent} ${box.width} × ${box.height}`);
  }, FINGER_PIXELS);
}

/** Presses Tab until what has the focus is called so, as who has no mouse does. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(() => {
      type Element = {
        textContent: string | null;
        labels?: Iterable<{ textContent: string | null }>;
        getAttribute(name: string): string | null;
      };
      const { document } = globalThis as unknown as { document: { activeElement: Element | null } };
      const focused = document.activeElement;
      const label = [...(focused?.labels ?? [])].map(({ textContent }) => textContent).join(' ');
      return (focused?.getAttribute('aria-label') ?? (label || focused?.textContent) ?? '').trim();
    });
    if (found === name) return;
    seen.push(found);
  }
  throw new Error(`no "${name}" is reached by the keyboard, but: ${seen.join(' | ')}`);
}
