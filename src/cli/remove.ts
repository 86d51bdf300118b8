/** remuvr remove: files, folders, patterns or stdin, here or by a server. Others go on where one fails. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import {
  DEFAULT_REMOVAL_OPTIONS,
  OUTPUT_FORMATS,
  type OutputFormat,
  QUALITIES,
  type Quality,
} from '../domain/removal-options.ts';
import { openLocalRemover } from './remove/local.ts';
import { readLocalOrder } from './remove/local-order.ts';
import { chooseFormat, planTasks, type Task } from './remove/plan-tasks.ts';
import type { Remover } from './remove/remover.ts';
import { runTasks } from './remove/run-tasks.ts';
import { chooseServer, openServerRemover, readServerOptions, type ServerAddress } from './remove/server.ts';
import { watchPictures } from './remove/watch.ts';
import { createShutdown } from './shutdown.ts';
import { loadCommand, parseConfidenceOption, parseCount, printJson, UsageError } from './terminal.ts';

type CommandOptions = {
  output?: string;
  format?: OutputFormat;
  mask?: boolean;
  quality?: Quality;
  minConfidence: number;
  apiUrl?: string;
  key?: string;
  background?: string;
  preset?: string;
  option: readonly (readonly [string, string])[];
  parallel?: number;
  force?: boolean;
  watch?: boolean;
  json?: boolean;
};

async function remove(inputs: string[], options: CommandOptions): Promise<void> {
  const { config, log } = loadCommand();
  const format = chooseFormat(options);
  const server = chooseServer(options, config);
  const isStdin = inputs.includes('-');
  if (isStdin && inputs.length > 1) throw new UsageError('"-" reads one picture from stdin, and stands alone.');
  if (options.watch && (isStdin || options.json)) throw new UsageError('--watch goes with neither "-" nor --json.');
  const open = (most: number): Promise<Remover> =>
    server ? openOnServer(server, options, format) : openHere(options, config, log, format, most);
  if (isStdin || options.output === '-') return await removeStream(inputs, options, format, open);
  const plan = () => planTasks(inputs, options, format);
  if (options.watch) return await watch(plan, options, open, log);
  const tasks = await plan();
  if (tasks.length === 0) throw new UsageError('There is no picture in that folder, or by that pattern.');
  const work = tasks.filter((task) => !task.isSkipped && task.error === undefined);
  report(work.length === 0 ? tasks : await runAll(tasks, options, await open(limit(work.length, options))), options);
}

const limit = (count: number, { parallel = Number.POSITIVE_INFINITY }: CommandOptions): number =>
  Math.min(count, parallel);

async function runAll(tasks: readonly Task[], options: CommandOptions, remover: Remover): Promise<Task[]> {
  try {
    return await runTasks(remover, tasks, options.parallel ?? remover.parallel);
  } finally {
    await remover.close();
  }
}

async function watch(
  plan: () => Promise<Task[]>,
  options: CommandOptions,
  open: (most: number) => Promise<Remover>,
  log: Logger,
): Promise<void> {
  const { signal } = createShutdown(log);
  const remover = await open(limit(Number.POSITIVE_INFINITY, options));
  process.stderr.write('Watching; Ctrl-C ends it.\n');
  try {
    const run = async (tasks: readonly Task[]) => {
      const results = await runTasks(remover, tasks, options.parallel ?? remover.parallel);
      for (const { input, output, error } of results) process.stderr.write(`${input}: ${error ?? output}\n`);
      return results;
    };
    await watchPictures({ plan, run, signal });
  } finally {
    await remover.close();
  }
}

async function openOnServer(server: ServerAddress, options: CommandOptions, format: OutputFormat): Promise<Remover> {
  const { minConfidence, quality, mask } = options;
  return openServerRemover(server, {
    format,
    output: mask ? 'mask' : 'cutout',
    ...(quality ? { quality } : {}),
    ...(minConfidence > 0 ? { min_confidence: minConfidence } : {}),
    ...(await readServerOptions(listGiven(options))),
  });
}

/** What is given as parameters of a removal. */
function listGiven({ background, preset, option }: CommandOptions): (readonly [string, string])[] {
  const given = Object.entries({ background, preset }).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return [...given, ...option];
}

/** By the parameters that a server would be given, read by what reads them there. */
async function openHere(
  options: CommandOptions,
  config: Config,
  log: Logger,
  format: OutputFormat,
  most: number,
): Promise<Remover> {
  const { mask, quality = config.QUALITY, minConfidence: min_confidence } = options;
  const own = { format, output: mask ? 'mask' : 'cutout', quality, min_confidence };
  return openLocalRemover(config, log, await readLocalOrder(listGiven(options), own, quality), most);
}

/** A picture from stdin, or to stdout, or both. Files are what is read and written, so a stream becomes one. */
async function removeStream(
  inputs: readonly string[],
  options: CommandOptions,
  format: OutputFormat,
  open: (most: number) => Promise<Remover>,
): Promise<void> {
  const [given = '-'] = inputs;
  if (inputs.length > 1) throw new UsageError('One picture goes to stdout.');
  const folder = path.join(tmpdir(), `remuvr-${randomUUID()}`);
  await mkdir(folder, { mode: 0o700 });
  try {
    const input = given === '-' ? path.join(folder, 'stdin') : given;
    if (given === '-') await pipeline(process.stdin, createWriteStream(input));
    const isToStdout = options.output === undefined || options.output === '-';
    if (isToStdout && options.json)
      throw new UsageError('The picture goes to stdout, where --json would be too: name a file with -o.');
    const output = isToStdout ? path.join(folder, `stdout.${format}`) : (options.output ?? '');
    const results = await runAll([{ input, output }], options, await open(1));
    if (isToStdout && results[0]?.error === undefined) {
      await pipeline(createReadStream(output), process.stdout, { end: false });
    }
    report(
      results.map((result) => ({ ...result, input: given })),
      options,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(results: readonly Task[], options: CommandOptions): void {
  const failed = results.filter((result) => result.error !== undefined);
  const skipped = results.filter((result) => result.isSkipped).length;
  if (options.json) printJson(results);
  for (const { input, error } of failed) process.stderr.write(`${input}: ${error}\n`);
  const done = results.length - failed.length - skipped;
  const sentence = `${done} done, ${failed.length} failed${skipped > 0 ? `, ${skipped} were done before` : ''}`;
  if (results.length > 1) process.stderr.write(`${sentence}\n`);
  if (failed.length > 0) process.exitCode = 1;
}

function collectOption(text: string, before: readonly (readonly [string, string])[]) {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`"${text}" is not an option: write name=value.`);
  return [...before, [text.slice(0, equals), text.slice(equals + 1)] as const];
}

export function addRemoveCommand(program: Command): void {
  program
    .command('remove')
    .description('remove the background of files, folders, patterns, or stdin (-), here or by a server')
    .argument('<inputs...>', 'files, folders, patterns, or -')
    .option('-o, --output <path>', 'file, or folder, to write to, - for stdout; without it, beside the input')
    .addOption(new Option('--format <format>', 'png by default, or what the output is named').choices(OUTPUT_FORMATS))
    .addOption(new Option('--quality <quality>', 'care taken; without it, the setting QUALITY').choices(QUALITIES))
    .addOption(
      new Option('--min-confidence <number>', '0 to 1: fail where the result is less likely to be right')
        .argParser(parseConfidenceOption)
        .default(DEFAULT_REMOVAL_OPTIONS.minConfidence),
    )
    .option('--mask', 'write the matte in grey, in place of the cutout')
    .option('--api-url <url>', 'have a server do it; without it, the setting REMUVR_API_URL, else this machine')
    .option('--key <key>', 'key of that server; the setting REMUVR_API_KEY is seen by fewer')
    .option('--background <value>', 'what lies behind: a value of the parameter of the API, or a file')
    .option('--preset <name>', 'edits under one name, such as amazon; a server knows your own too')
    .addOption(
      new Option('--option <name=value>', 'any other parameter of the API; may be given again')
        .argParser(collectOption)
        .default([]),
    )
    .addOption(new Option('--parallel <number>', 'pictures at once').argParser(parseCount(1, 256)))
    .option('--force', 'also what an earlier run has done')
    .option('--watch', 'go on, and take what is new, until Ctrl-C')
    .option('--json', 'print what became of each file as JSON')
    .action(remove);
}
