/** The pictures that the arguments name: files, folders with all that is below them, patterns. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { isGlob, parseGlob } from './glob.ts';

/** `base`: what the place of its result is counted from. */
export type Picture = { readonly file: string; readonly base: string; readonly kind: 'file' | 'folder' | 'pattern' };

const PICTURE_NAME = /\.(jpe?g|png|webp|avif|gif|tiff?|bmp|heic|heif)$/i;
export const isPictureName = (name: string): boolean => PICTURE_NAME.test(name);

/** What an earlier run has put beside its input is not an input of the next. */
const OWN_RESULT = /-cutout\.\w+$/i;

export async function findPictures(inputs: readonly string[], exceptFolder: string | undefined): Promise<Picture[]> {
  const found = await Promise.all(inputs.map((input) => findOne(input, exceptFolder)));
  return found.flat();
}

async function findOne(input: string, exceptFolder: string | undefined): Promise<Picture[]> {
  const known = await stat(input).catch(() => undefined);
  if (known?.isDirectory()) {
    const files = await listPictures(input, exceptFolder);
    return files.map((file) => ({ file, base: input, kind: 'folder' }));
  }
  if (known || !isGlob(input)) return [{ file: input, base: path.dirname(input), kind: 'file' }];
  const { base, pattern } = parseGlob(input);
  const files = await listPictures(base, exceptFolder);
  return files
    .filter((file) => pattern.test(path.relative(base, file).split(path.sep).join('/')) && !OWN_RESULT.test(file))
    .map((file) => ({ file, base, kind: 'pattern' }));
}

/** Below the folder, but not in hidden folders, nor in the one that the results go to. */
async function listPictures(folder: string, exceptFolder: string | undefined): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const file = path.join(folder, entry.name);
      if (entry.isFile() || entry.isSymbolicLink()) return PICTURE_NAME.test(entry.name) ? [file] : [];
      const isEntered = entry.isDirectory() && !entry.name.startsWith('.') && path.resolve(file) !== exceptFolder;
      return isEntered ? await listPictures(file, exceptFolder) : [];
    }),
  );
  return found.flat().sort();
}
