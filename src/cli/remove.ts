/** remuvr remove: files, a folder or stdin, without any server. Others go on where one fails. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import type { Config } from '../config.ts';
import {
  DEFAULT_REMOVAL_OPTIONS,
  OUTPUT_FORMATS,
  type OutputFormat,
  QUALITIES,
  type Quality,
  type RemovalOptions,
} from '../domain/removal-options.ts';
import { openRunner } from '../platform/engine.ts';
import type { PipelineRunner } from '../ports/pipeline-runner.ts';
import { loadModel } from './load-model.ts';
import { loadCommand, parseConfidenceOption, printJson, UsageError } from './terminal.ts';

type CommandOptions = {
  output?: string;
  format?: OutputFormat;
  mask?: boolean;
  quality?: Quality;
  minConfidence: number;
  json?: boolean;
};
/** `error`: why there is no output, known before the work or after it; the others go on. */
type Task = { readonly input: string; readonly output: string; readonly error?: string; readonly confidence?: number };

const PICTURE_NAME = /\.(jpe?g|png|webp|avif|gif|tiff?|bmp|heic|heif)$/i;

async function remove(inputs: string[], options: CommandOptions): Promise<void> {
  const { config, log } = loadCommand();
  const format = chooseFormat(options);
  const isStdin = inputs.includes('-');
  if (isStdin && inputs.length > 1) throw new UsageError('"-" reads one picture from stdin, and stands alone.');
  const tasks = isStdin ? [await takeStdin(options, format)] : await planTasks(inputs, options, format);
  if (tasks.length === 0) throw new UsageError('There is no picture in that folder.');
  let results: Task[];
  const runner = await openRunner(config, await loadModel(config), log, tasks.length);
  try {
    await runner.ready();
    results = await runTasks(runner, config, tasks, {
      ...DEFAULT_REMOVAL_OPTIONS,
      format,
      output: options.mask ? 'mask' : 'cutout',
      quality: options.quality ?? config.QUALITY,
      minConfidence: options.minConfidence,
    });
    if (isStdin) await passOnStdout(tasks, results, options);
  } finally {
    await runner.close(0);
    if (isStdin) await rm(path.dirname(tasks[0]?.input ?? ''), { recursive: true, force: true });
  }
  report(results, options);
}

/** Other spellings of a format. */
const EXTENSIONS: Readonly<Record<string, OutputFormat>> = { jpeg: 'jpg', tif: 'tiff' };

/** What the option says, else what the output is named, else PNG. A name that says another format is a mistake. */
function chooseFormat({ format, output }: CommandOptions): OutputFormat {
  const extension = path
    .extname(output ?? '')
    .slice(1)
    .toLowerCase();
  const named = OUTPUT_FORMATS.find((f) => f === (EXTENSIONS[extension] ?? extension));
  const isPictureName = named !== undefined || PICTURE_NAME.test(output ?? '');
  if (isPictureName && named !== (format ?? named)) {
    throw new UsageError(`"${output}" is not a name for ${format}.`);
  }
  if (isPictureName && !named)
    throw new UsageError(`"${output}" cannot be written: the formats are ${OUTPUT_FORMATS.join(', ')}.`);
  return format ?? named ?? 'png';
}

async function planTasks(inputs: string[], options: CommandOptions, format: OutputFormat): Promise<Task[]> {
  const [first = ''] = inputs;
  const isFolder = await isDirectory(first);
  if (!isFolder && inputs.length === 1)
    return [{ input: first, output: await placeOne(first, options.output, format) }];
  if (isFolder && inputs.length > 1) throw new UsageError('Give one folder, or files, not both.');
  const files = isFolder ? await listPictures(first) : inputs;
  const folder = options.output ?? (isFolder ? `${path.resolve(first)}-cutouts` : undefined);
  const name = (file: string) => `${path.basename(file, path.extname(file))}${folder ? '' : '-cutout'}.${format}`;
  const tasks = files.map((input) => ({ input, output: path.join(folder ?? path.dirname(input), name(input)) }));
  return markCollisions(tasks);
}

async function placeOne(input: string, output: string | undefined, format: OutputFormat): Promise<string> {
  const base = path.basename(input, path.extname(input));
  if (output === undefined) return path.join(path.dirname(input), `${base}-cutout.${format}`);
  const isFolder = output.endsWith(path.sep) || (await isDirectory(output));
  return isFolder ? path.join(output, `${base}.${format}`) : output;
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

async function isDirectory(file: string): Promise<boolean> {
  return await stat(file).then(
    (s) => s.isDirectory(),
    () => false,
  );
}

async function listPictures(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const pictures = entries.filter(
    (entry) => (entry.isFile() || entry.isSymbolicLink()) && PICTURE_NAME.test(entry.name),
  );
  return pictures.map((entry) => path.join(folder, entry.name)).sort();
}

/** The pipeline reads files, so stdin becomes one. */
async function takeStdin(options: CommandOptions, format: OutputFormat): Promise<Task> {
  const folder = path.join(tmpdir(), `remuvr-${randomUUID()}`);
  await mkdir(folder, { mode: 0o700 });
  const input = path.join(folder, 'stdin');
  await pipeline(process.stdin, createWriteStream(input));
  return {
    input,
    output: options.output && options.output !== '-' ? options.output : path.join(folder, `stdout.${format}`),
  };
}

async function passOnStdout(tasks: readonly Task[], results: readonly Task[], options: CommandOptions): Promise<void> {
  const [task] = tasks;
  const isToStdout = options.output === undefined || options.output === '-';
  if (!task || results[0]?.error !== undefined || !isToStdout) return;
  await pipeline(createReadStream(task.output), process.stdout, { end: false });
}

async function runTasks(
  runner: PipelineRunner,
  config: Config,
  tasks: readonly Task[],
  options: RemovalOptions,
): Promise<Task[]> {
  const bar = new SingleBar({ format: '{bar} {value}/{total}  {name}', stream: process.stderr, hideCursor: true });
  const hasBar = tasks.length > 1 && process.stderr.isTTY;
  if (hasBar) bar.start(tasks.length, 0, { name: '' });
  const request = { ...options, isWatermarked: false, maxPixels: config.MAX_PIXELS };
  const runs = tasks.map(async (task): Promise<Task> => {
    const result = task.error === undefined ? await runTask(runner, task, request) : task;
    if (hasBar) bar.increment({ name: path.basename(task.input) });
    return result;
  });
  const results = await Promise.all(runs);
  if (hasBar) bar.stop();
  return results;
}

async function runTask(
  runner: PipelineRunner,
  task: Task,
  request: Parameters<PipelineRunner['run']>[0]['request'],
): Promise<Task> {
  const { input, output } = task;
  const refusal = await preparePlaces(task);
  if (refusal !== undefined) return { ...task, error: refusal };
  const order = { inputPath: path.resolve(input), outputPath: path.resolve(output), request };
  const first = await runner.run(order);
  const outcome = first.kind === 'crashed' ? await runner.run(order) : first;
  if (outcome.kind === 'done') return { ...task, confidence: outcome.report.confidence };
  return { ...task, error: outcome.kind === 'failed' ? outcome.message : outcome.reason };
}

/** Undefined where the input can be read and the folder of the output is there. */
async function preparePlaces({ input, output }: Task): Promise<string | undefined> {
  if (path.resolve(input) === path.resolve(output)) return 'Its result would take the place of the picture itself.';
  try {
    if (!(await stat(input)).isFile()) return 'It is not a file.';
    await mkdir(path.dirname(path.resolve(output)), { recursive: true });
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'There is no such file.' : `It cannot be used (${code ?? 'unknown reason'}).`;
  }
}

function report(results: readonly Task[], options: CommandOptions): void {
  const failed = results.filter((result) => result.error !== undefined);
  if (options.json) printJson(results);
  for (const { input, error } of failed) process.stderr.write(`${input}: ${error}\n`);
  if (results.length > 1) process.stderr.write(`${results.length - failed.length} done, ${failed.length} failed\n`);
  if (failed.length > 0) process.exitCode = 1;
}

export function addRemoveCommand(program: Command): void {
  program
    .command('remove')
    .description('remove the background of files, of a folder, or of stdin (-), without a server')
    .argument('<inputs...>', 'files, one folder, or -')
    .option('-o, --output <path>', 'file, or folder, to write to; without it, beside the input')
    .addOption(new Option('--format <format>', 'png by default, or what the output is named').choices(OUTPUT_FORMATS))
    .addOption(new Option('--quality <quality>', 'care taken; without it, the setting QUALITY').choices(QUALITIES))
    .addOption(
      new Option('--min-confidence <number>', '0 to 1: fail where the result is less likely to be right')
        .argParser(parseConfidenceOption)
        .default(DEFAULT_REMOVAL_OPTIONS.minConfidence),
    )
    .option('--mask', 'write the matte in grey, in place of the cutout')
    .option('--json', 'print what became of each file as JSON')
    .action(remove);
}
