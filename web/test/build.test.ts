/** The build as it is served: its weight, and that it holds to a strict policy. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = path.join(ROOT, 'web/dist');
const FIRST_LOAD_BYTES = 150_000;
const LONGEST_FILE_LINES = 250;

type Chunk = { readonly file: string; readonly imports?: string[]; readonly css?: string[]; readonly src?: string };
let manifest: Record<string, Chunk>;

beforeAll(() => {
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/ensure-web.mjs'), '--strict']);
  manifest = JSON.parse(readFileSync(path.join(DIST, '.vite/manifest.json'), 'utf8'));
});

const packed = (file: string): number => gzipSync(readFileSync(path.join(DIST, file))).length;

/** A chunk, what it imports before it runs, and its styles. */
function filesOf(name: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const file of chunk.css ?? []) seen.add(file);
  for (const imported of chunk.imports ?? []) filesOf(imported, seen);
  return seen;
}

test('every page loads less than 150 kB, packed, before it is there', () => {
  const entry = filesOf('index.html');
  const pages = Object.keys(manifest).filter((name) => name.startsWith('src/pages/'));
  expect(pages.length).toBeGreaterThan(10);
  for (const page of pages) {
    const files = filesOf(page, new Set(entry));
    const bytes = [...files, 'index.html', 'theme.js'].reduce((sum, file) => sum + packed(file), 0);
    expect([page, bytes < FIRST_LOAD_BYTES, bytes]).toEqual([page, true, bytes]);
  }
});

test('every script and style lies there packed, too, and unpacks to itself', () => {
  const files = readdirSync(path.join(DIST, 'assets')).filter((name) => /\.(js|css)$/.test(name));
  const read = (name: string): Buffer => readFileSync(path.join(DIST, 'assets', name));
  const large = files.filter((name) => read(name).length >= 1_400);
  expect(large.length).toBeGreaterThan(10);
  for (const name of large) {
    expect(brotliDecompressSync(read(`${name}.br`)).equals(read(name))).toBe(true);
    expect(gunzipSync(read(`${name}.gz`)).equals(read(name))).toBe(true);
  }
});

test('the page has no inline script, no inline style, and nothing of another host', () => {
  const html = readFileSync(path.join(DIST, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
});

test('styles load nothing, and no picture is a data URL', () => {
  const styles = readdirSync(path.join(DIST, 'assets')).filter((name) => name.endsWith('.css'));
  expect(styles.length).toBeGreaterThan(0);
  for (const name of styles) {
    const css = readFileSync(path.join(DIST, 'assets', name), 'utf8');
    expect([name, css.match(/url\([^)]*\)|@import/g)]).toEqual([name, null]);
  }
});

test('is up to date after it was made: a second run builds nothing', () => {
  const made = statSync(path.join(DIST, 'index.html'));
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/ensure-web.mjs')]);
  expect(statSync(path.join(DIST, 'index.html')).ino).toBe(made.ino);
});

const sources = readdirSync(path.join(ROOT, 'web/src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.tsx?$/.test(name),
);
const readSource = (name: string): string => readFileSync(path.join(ROOT, 'web/src', name), 'utf8');

test('no source file is longer than a reader can hold', () => {
  const long = sources.filter((name) => readSource(name).split('\n').length > LONGEST_FILE_LINES);
  expect(long).toEqual([]);
});

test('the sources import nothing of the server: they speak to it by HTTP alone', () => {
  const outside = sources.filter((name) =>
    [...readSource(name).matchAll(/from '(\.[^']+)'/g)].some(([, target = '']) =>
      path.posix
        .join('web/src', path.posix.dirname(name), target)
        .replace(/^web\/src\//, '')
        .startsWith('..'),
    ),
  );
  expect(outside).toEqual([]);
  // Of logic without a browser: nothing of React.
  const impure = sources.filter((name) => name.startsWith('lib/') && /from '(?!\.)/.test(readSource(name)));
  expect(impure).toEqual([]);
});
