/** Streams the tarball of a package from the registry that npm is configured with; nothing is installed or cached. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import Config from '@npmcli/config';
import npmDefinitions from '@npmcli/config/lib/definitions/index.js';
import pacote from 'pacote';

export type NpmSettings = {
  /** Its npm_config_* variables, HOME and proxies count, as they do for npm. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a project's .npmrc is looked for, upwards. */
  readonly cwd: string;
};

type NpmOptions = Readonly<Record<string, unknown>> & { readonly registry: string };

/** npm's own folder may hold an npmrc of the distribution. */
function findNpmFolder(env: NpmSettings['env']): string {
  const nodeFolder = path.dirname(process.execPath);
  const candidates = [
    path.join(nodeFolder, '../lib/node_modules/npm'),
    path.join(nodeFolder, 'node_modules/npm'),
    ...(env.npm_execpath ? [path.dirname(path.dirname(env.npm_execpath))] : []),
  ];
  return candidates.find((each) => existsSync(path.join(each, 'package.json'))) ?? nodeFolder;
}

/** Registry, proxy, cafile, credentials and the rest, from the project's, the user's and the global npmrc and the environment. */
export async function loadNpmOptions(settings: NpmSettings): Promise<NpmOptions> {
  const config = new Config({
    ...npmDefinitions,
    npmPath: findNpmFolder(settings.env),
    // A copy, because loading writes npm_config_* back into it; no argv, because ours is not npm's.
    env: { ...settings.env },
    argv: [],
    cwd: settings.cwd,
    warn: false,
  });
  await config.load();
  const { cache: _cache, ...flat } = config.flat;
  return { ...flat, registry: typeof flat.registry === 'string' ? flat.registry : 'https://registry.npmjs.org/' };
}

/** The registry that serves this package (a scope may have its own), without any password in its URL. */
export function describeRegistry(options: NpmOptions, packageName: string): string {
  const scoped = options[`${packageName.split('/')[0]}:registry`];
  const url = new URL(typeof scoped === 'string' ? scoped : options.registry);
  url.username = '';
  url.password = '';
  return url.href;
}

/**
 * Hands the bytes of the .tgz to `consume`, with backpressure. Their integrity is checked against the registry's at the
 * end of the stream, as an error of the stream. No retries: these are the caller's.
 */
export async function streamNpmTarball<T>(
  spec: string,
  options: NpmOptions,
  signal: AbortSignal,
  consume: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  // pacote repeats the handler on some errors, also on a full or missing folder of ours; a value it passes through.
  const finished = new AbortController();
  type Outcome = { readonly value: T } | { readonly error: unknown };
  const outcome = await pacote.tarball.stream<Outcome>(
    spec,
    (stream) => {
      // The consumer may have left when the error of a cut stream comes.
      stream.on('error', () => undefined);
      return (
        consume(stream)
          .then(
            (value) => ({ value }),
            (error: unknown) => ({ error }),
          )
          // Who stops reading early leaves an open connection, which would keep the process alive.
          .finally(() => finished.abort())
      );
    },
    {
      ...options,
      retry: { retries: 0 },
      preferOnline: true,
      signal: AbortSignal.any([signal, finished.signal]),
    } as Parameters<typeof pacote.tarball.stream>[2],
  );
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
