import { zip } from 'fflate';
import { uniqueNames } from '../lib/file-names.ts';
import type { Background } from './background.ts';
import { Editor } from './editor.ts';
import type { Item } from './use-batch.ts';

/** Results that were touched up, or stand on a background, as they are now; the others as the server sent them. */
export async function zipResults(items: readonly Item[], background: Background): Promise<Blob> {
  const files: Record<string, Uint8Array> = {};
  const done = items.filter(({ state }) => state.kind === 'done');
  const names = uniqueNames(
    done.map(({ name }) => name),
    'png',
  );
  for (const [index, item] of done.entries()) {
    files[names[index] ?? `${index}.png`] = new Uint8Array(await (await renderItem(item, background)).arrayBuffer());
  }
  return new Promise((resolve, reject) => {
    // PNG is packed already.
    zip(files, { level: 0 }, (error, bytes) => {
      if (error) reject(error);
      else resolve(new Blob([new Uint8Array(bytes)], { type: 'application/zip' }));
    });
  });
}

async function renderItem({ state, file, touches }: Item, background: Background): Promise<Blob> {
  if (state.kind !== 'done') throw new Error('The picture is not done.');
  if (!touches && background.kind === 'transparent') return state.result;
  const editor = await Editor.open(file, state.result, touches);
  return editor.export('image/png', background);
}
