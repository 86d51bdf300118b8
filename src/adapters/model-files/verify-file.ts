/** Holds a file against its checksum, and notes beside it what was found, so that the next start need not read it. */
import { rm } from 'node:fs/promises';
import type { Checksum } from '../../domain/model.ts';
import { hashFile, measureFile } from './durable-file.ts';
import { manifestPathOf, readManifest, writeManifest } from './manifest.ts';

export type FileState =
  | { readonly kind: 'ok'; readonly path: string; readonly bytes: number }
  | { readonly kind: 'damaged'; readonly path: string; readonly sentence: string }
  | { readonly kind: 'absent'; readonly path: string };

/** Reads the whole file. `modelName` is what mends it, by `models pull`. */
export async function verifyFile(
  filePath: string,
  checksum: Checksum | undefined,
  modelName: string,
): Promise<FileState> {
  const bytes = await measureFile(filePath);
  if (bytes === undefined) return { kind: 'absent', path: filePath };
  const digest = checksum && (await hashFile(filePath, checksum.algorithm));
  if (checksum && digest !== checksum.hex) {
    await rm(manifestPathOf(filePath), { force: true }).catch(() => undefined);
    const sentence = `${filePath} has the ${checksum.algorithm} ${digest}, but ${checksum.hex} was expected; \`remuvr models pull ${modelName}\` fetches it again.`;
    return { kind: 'damaged', path: filePath, sentence };
  }
  if (checksum) await writeManifest(filePath, { bytes, checksum });
  return { kind: 'ok', path: filePath, bytes };
}

/** The bytes of a whole file; cheap where this very content was verified before. */
export async function findVerified(
  filePath: string,
  checksum: Checksum | undefined,
  modelName: string,
): Promise<number | undefined> {
  const bytes = await measureFile(filePath);
  if (bytes === undefined) return undefined;
  const manifest = await readManifest(filePath);
  if (manifest?.bytes === bytes && manifest.checksum.hex === checksum?.hex) return bytes;
  // Without a note of this very content (a file that was copied here, another release) the content decides.
  return (await verifyFile(filePath, checksum, modelName)).kind === 'ok' ? bytes : undefined;
}
