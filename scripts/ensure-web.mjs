// The dashboard's build in web/dist, made where there is none or its sources have changed. No network, and quick when up to date.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packBuild } from './pack-build.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const WEB = path.join(ROOT, 'web');
const DIST = path.join(WEB, 'dist');
const STAMP = path.join(DIST, '.sources');

function filesOf(folder) {
  return readdirSync(path.join(WEB, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** By content: a checkout sets the times of all files anew. */
function hashSources() {
  const hash = createHash('sha256');
  const single = ['index.html', 'vite.config.ts', 'package.json', '../scripts/pack-build.mjs'].map((name) =>
    path.join(WEB, name),
  );
  for (const file of [...filesOf('src'), ...filesOf('public'), ...single].sort()) {
    hash
      .update(`${path.relative(WEB, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

async function ensureWeb() {
  // A package that was published has the build alone.
  if (!existsSync(path.join(WEB, 'src'))) return;
  const wanted = hashSources();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  const vite = await import('vite').catch(() => null);
  if (!vite) {
    process.stderr.write(
      'remuvr: The dashboard is not built, and what builds it is not installed; get it by: npm ci\n',
    );
    return;
  }
  // Else React's slow and large form is built where a shell, or a test runner, has set another.
  process.env.NODE_ENV = 'production';
  process.stderr.write('building the dashboard\n');
  // Elsewhere, and then moved: a server that runs, or a second start, never sees half a build.
  const outDir = path.join(ROOT, `.cache/web-${process.pid}`);
  await vite.build({
    configFile: path.join(WEB, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  });
  packBuild(outDir);
  writeFileSync(path.join(outDir, '.sources'), wanted);
  rmSync(DIST, { recursive: true, force: true });
  renameSync(outDir, DIST);
}

// Without its dashboard the service serves; a failed build must not keep it from starting.
await ensureWeb().catch((error) => {
  process.stderr.write(`remuvr: The dashboard could not be built: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = process.argv.includes('--strict') ? 1 : 0;
});
