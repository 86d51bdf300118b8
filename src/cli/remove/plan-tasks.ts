/** Which picture becomes which file, and which is left out. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { OUTPUT_FORMATS, type OutputFormat } from '../../domain/removal-options.ts';
import { UsageError } from '../terminal.ts';
import { findPictures, isPictureName, type Picture } from './find-pictures.ts';

/**
 * `error`: why there is no output, known before the work or after it; the others go on. `isSkipped`: the output of an
 * earlier run is there.
 */
export type Task = {
  readonly input: string;
  readonly output: string;
  readonly error?: string;
  readonly confidence?: number;
  readonly isSkipped?: true;
};

export type Wish = { readonly output?: string; readonly format?: OutputFormat; readonly force?: boolean };

/** Other spellings of a format. */
const EXTENSIONS: Readonly<Record<string, OutputFormat>> = { jpeg: 'jpg', tif: 'tiff' };

/** What the option says, else what the output is named, else PNG. A name that says another format is a mistake. */
export function chooseFormat({ format, output = '' }: Wish): OutputFormat {
  const extension = path.extname(output).slice(1).toLowerCase();
  const named = OUTPUT_FORMATS.find((f) => f === (EXTENSIONS[extension] ?? extension));
  const isPicture = named !== undefined || isPictureName(output);
  if (isPicture && named !== (format ?? named)) throw new UsageError(`"${output}" is not a name for ${format}.`);
  if (isPicture && !named)
    throw new UsageError(`"${output}" cannot be written: the formats are ${OUTPUT_FORMATS.join(', ')}.`);
  return format ?? named ?? 'png';
}

export async function planTasks(inputs: readonly string[], wish: Wish, format: OutputFormat): Promise<Task[]> {
  const pictures = await findPictures(inputs, wish.output === undefined ? undefined : path.resolve(wish.output));
  const [only] = pictures;
  // A file that is asked for by its name is made anew.
  if (only && inputs.length === 1 && only.kind === 'file') {
    return [{ input: only.file, output: await placeOne(only, wish.output, format) }];
  }
  const tasks = pictures.map((picture) => ({ input: picture.file, output: place(picture, wish.output, format) }));
  const marked = markCollisions(tasks);
  return wish.force ? marked : await Promise.all(marked.map(markDone));
}

/** In the folder of the results, the folders of the pictures are there again. */
function place({ file, base, kind }: Picture, folder: string | undefined, format: OutputFormat): string {
  const isBeside = folder === undefined && kind !== 'folder';
  const root = folder ?? (isBeside ? base : `${path.resolve(base)}-cutouts`);
  const below = path.relative(base, file);
  const name = `${path.basename(file, path.extname(file))}${isBeside ? '-cutout' : ''}.${format}`;
  return path.join(root, path.dirname(below), name);
}

async function placeOne(picture: Picture, output: string | undefined, format: OutputFormat): Promise<string> {
  if (output === undefined) return place(picture, undefined, format);
  const isFolder =
    output.endsWith(path.sep) ||
    (await stat(output).then(
      (s) => s.isDirectory(),
      () => false,
    ));
  return isFolder ? place(picture, output, format) : output;
}

/** a.jpg and a.png of one folder would both become a.png: the second must not take the place of the first. */
function markCollisions(tasks: readonly Task[]): Task[] {
  const firsts = new Map<string, string>();
  return tasks.map((task) => {
    const first = firsts.get(task.output);
    firsts.set(task.output, first ?? task.input);
    return first === undefined ? task : { ...task, error: `Its result would take the place of that of ${first}.` };
  });
}

/** Results are written whole or not at all, so one that is there, and not older than its picture, is done. */
async function markDone(task: Task): Promise<Task> {
  if (task.error !== undefined || path.resolve(task.input) === path.resolve(task.output)) return task;
  const [input, output] = await Promise.all([task.input, task.output].map((file) => stat(file).catch(() => undefined)));
  const isDone = input && output && output.size > 0 && output.mtimeMs >= input.mtimeMs;
  return isDone ? { ...task, isSkipped: true } : task;
}
