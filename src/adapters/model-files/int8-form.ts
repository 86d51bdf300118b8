/** The int8 form of a model: made from the file in single precision, without a network, and the same bytes everywhere. */
import { readFile, rm } from 'node:fs/promises';
import type { Int8Form, Model } from '../../domain/model.ts';
import { encodeOnnx, findPixelScale, loadScaleTable, parseOnnx, quantiseModel } from '../onnx-file.ts';
import { createTemporaryPath, hashFile, renameDurably, writeDurably, writeWhole } from './durable-file.ts';
import { ModelFilesError } from './failure.ts';

export const int8PathOf = (filePath: string): string => filePath.replace(/\.onnx$/, '-int8.onnx');

/** `filePath` is verified already. The result appears whole and verified, or not at all. */
export async function buildInt8Form(
  form: Int8Form,
  normalisation: Pick<Model, 'mean' | 'std'>,
  filePath: string,
): Promise<void> {
  const table = await loadScaleTable(form.scales);
  const model = quantiseModel(parseOnnx(await readFile(filePath)), table, findPixelScale(normalisation));
  const stagedPath = createTemporaryPath(int8PathOf(filePath));
  try {
    await writeDurably(stagedPath, async (file) => {
      for (const piece of encodeOnnx(model)) await writeWhole(file, piece);
    });
    const digest = await hashFile(stagedPath, form.checksum.algorithm);
    if (digest !== form.checksum.hex) {
      throw new ModelFilesError(`The int8 file made of ${filePath} has another content than this release expects.`);
    }
    await renameDurably(stagedPath, int8PathOf(filePath));
  } finally {
    await rm(stagedPath, { force: true });
  }
}
