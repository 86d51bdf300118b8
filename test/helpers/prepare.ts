/**
 * Before any test, what all of them need and none should wait for: the real weights and which form of them runs here, the
 * program as it is published, and a folder of data from which the others are copied.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { modelsDir } from './model-cache.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Runs before the tests; what it returns runs after them. */
export default async function prepare(): Promise<() => Promise<void>> {
  const packed = await buildPackage();
  const program = path.join(packed, 'bin/remuvr');
  const dataDir = await mkdtemp(path.join(tmpdir(), 'remuvr-template-'));
  const { PATH, HOME } = process.env;
  await Promise.all([
    run(program, ['models', 'pull'], {
      env: { ...process.env, MODELS_DIR: modelsDir, MODEL: 'isnet', PRECISION: 'auto' },
    }),
    run(program, ['migrate'], { env: { PATH, HOME, DATA_DIR: dataDir } }),
  ]);
  process.env.TEST_PROGRAM = program;
  process.env.TEST_CLUSTER = path.join(dataDir, 'postgres');
  return async () => await rm(dataDir, { recursive: true, force: true });
}

/**
 * As it lies in a published package: `bin/remuvr` runs the JavaScript beside it. A process of a checkout, which reads the
 * TypeScript through tsx, takes 0.5 to 1 s longer to start, and the tests start hundreds.
 */
async function buildPackage(): Promise<string> {
  const packed = path.join(ROOT, '.cache/package');
  await rm(packed, { recursive: true, force: true });
  const client = path.join(packed, 'node_modules/@remuvr/client');
  await Promise.all([
    // Types are checked by `npm run typecheck`.
    compile('tsconfig.build.json', path.join(packed, 'dist')),
    compile('sdk/tsconfig.json', path.join(client, 'dist'), '--noEmit', 'false', '--rootDir', 'sdk/src'),
  ]);
  await cp(path.join(ROOT, 'sdk/package.json'), path.join(client, 'package.json'));
  await run(process.execPath, ['scripts/copy-assets.mjs', path.join(packed, 'dist')], { cwd: ROOT });
  await mkdir(path.join(packed, 'bin'));
  await cp(path.join(ROOT, 'bin/remuvr'), path.join(packed, 'bin/remuvr'));
  await cp(path.join(ROOT, 'package.json'), path.join(packed, 'package.json'));
  // Built by the tests of pages, when they begin.
  await symlink(path.join(ROOT, 'web'), path.join(packed, 'web'));
  return packed;
}

async function compile(project: string, outDir: string, ...more: string[]): Promise<void> {
  const args = ['-p', project, '--noCheck', '--rewriteRelativeImportExtensions', '--outDir', outDir, ...more];
  await run(path.join(ROOT, 'node_modules/.bin/tsc'), args, { cwd: ROOT });
}
