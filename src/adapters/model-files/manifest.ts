/** A note beside a model file: which content was verified there, so that a start need not read hundreds of megabytes. */
import { readFile } from 'node:fs/promises';
import type { Checksum } from '../../domain/model.ts';
import { writeDurably, writeWhole } from './durable-file.ts';

export type Manifest = { readonly bytes: number; readonly checksum: Checksum };

export const manifestPathOf = (filePath: string): string => filePath.replace(/\.onnx$/, '.manifest.json');

/** Undefined where there is none, or none that can be read: then the file itself is read. */
export async function readManifest(filePath: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(manifestPathOf(filePath), 'utf8')) as Manifest | null;
    return typeof manifest?.bytes === 'number' && typeof manifest.checksum?.hex === 'string' ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Where the folder is read-only there is none, and each start reads the file. */
export async function writeManifest(filePath: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest)}\n`;
  await writeDurably(manifestPathOf(filePath), (file) => writeWhole(file, Buffer.from(text))).catch(() => undefined);
}
