/** The file system of Node, Deno and Bun; a page has none. Asked for at run time, so that no bundler looks for it. */
import { RemuvrError } from './errors.ts';

type FileSystem = {
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
};
type Paths = { basename(path: string): string };
type Urls = { fileURLToPath(url: URL): string };
type Host = { readonly process?: { getBuiltinModule?(name: string): unknown } };

function builtin<T>(name: string): T {
  const found = (globalThis as Host).process?.getBuiltinModule?.(name);
  if (found) return found as T;
  throw new RemuvrError('invalid_input', 'There are no paths here: in a page, pass a File or a Blob, and take blob().');
}

export async function readPicture(path: string | URL): Promise<{ blob: Blob; name: string }> {
  const file = typeof path === 'string' ? path : builtin<Urls>('node:url').fileURLToPath(path);
  const bytes = await builtin<FileSystem>('node:fs/promises')
    .readFile(file)
    .catch((cause) => {
      throw new RemuvrError('invalid_input', `${file} cannot be read.`, { cause });
    });
  return { blob: new Blob([bytes]), name: builtin<Paths>('node:path').basename(file) };
}

export async function writePicture(path: string, bytes: Uint8Array): Promise<void> {
  await builtin<FileSystem>('node:fs/promises').writeFile(path, bytes);
}
