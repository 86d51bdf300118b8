/** The package as it would be published: small, fresh, and of use without a bundler. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeClientTypes } from '../../scripts/client-types.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SDK = path.join(ROOT, 'sdk');
const LARGEST_BYTES = 10_000;
const run = promisify(execFile);

type Packed = { readonly size: number; readonly files: readonly { readonly path: string }[] };
let packed: Packed;
let consumer: string;

beforeAll(async () => {
  await run('npm', ['run', 'build'], { cwd: SDK });
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: SDK });
  [packed] = JSON.parse(stdout) as [Packed];
  // Away from this checkout, whose packages it would find.
  consumer = await mkdtemp(path.join(tmpdir(), 'remuvr-consumer-'));
  const installed = path.join(consumer, 'node_modules/@remuvr/client');
  for (const file of packed.files) {
    await mkdir(path.dirname(path.join(installed, file.path)), { recursive: true });
    await cp(path.join(SDK, file.path), path.join(installed, file.path));
  }
  await writeFile(path.join(consumer, 'package.json'), '{"type":"module"}');
});
afterAll(async () => await rm(consumer, { recursive: true, force: true }));

test('its types are those of the OpenAPI document of today', async () => {
  // Else: npm run build:client-types
  expect(await readFile(path.join(SDK, 'src/api-types.ts'), 'utf8')).toBe(writeClientTypes());
});

test(`packed, with types and README, it is below ${LARGEST_BYTES} bytes`, () => {
  expect(packed.files.map((file) => file.path)).toEqual(
    expect.arrayContaining(['README.md', 'dist/index.js', 'dist/index.d.ts', 'package.json']),
  );
  expect(
    packed.files.filter((file) => !/^(dist\/[\w-]+\.(js|d\.ts)|README\.md|package\.json)$/.test(file.path)),
  ).toEqual([]);
  expect(packed.size).toBeLessThan(LARGEST_BYTES);
});

test('plain Node loads it', async () => {
  const code = "import * as client from '@remuvr/client'; console.log(Object.keys(client).sort().join());";
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: consumer });
  expect(stdout.trim()).toBe('RemovalResult,Remuvr,RemuvrError,verifyWebhook');
});

test.each([
  ['Node', ['--module', 'nodenext', '--types', 'node']],
  ['a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2023,dom', '--types', '']],
])(
  'its types are right for %s: they know the options, and let those of a newer server through',
  async (_name, flags) => {
    const program = `import { Remuvr, RemuvrError } from '@remuvr/client';
const remuvr = new Remuvr({ key: 'k' });
const { width, confidence } = await remuvr.remove(new Uint8Array(1), { format: 'webp', of_tomorrow: 3 }, { timeoutMs: 9 });
export const seen: (number | undefined)[] = [width, confidence];
export const isUsedUp = (error: unknown) => error instanceof RemuvrError && error.code === 'quota_exceeded';
// @ts-expect-error: there is no such format
await remuvr.remove('a.jpg', { format: 'bmp' });
// @ts-expect-error: a job that is not completed has no result
(await remuvr.jobs.get('id')).result;
`;
    await writeFile(path.join(consumer, 'program.ts'), program);
    const compiler = path.join(ROOT, 'node_modules/.bin/tsc');
    const roots = path.join(ROOT, 'node_modules/@types');
    const always = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--typeRoots', roots];
    const outcome = await run(compiler, [...always, ...flags, 'program.ts'], { cwd: consumer }).catch((error) => error);
    expect(outcome.stdout).toBe('');
  },
);
