/** What the verbs share at the terminal: sentences, tables, arguments, a log on stderr. */
import { InvalidArgumentError } from 'commander';
import pino, { type Logger } from 'pino';
import { type Config, ConfigError, loadConfig } from '../config.ts';
import { listPlans, type PlanName } from '../domain/plan.ts';
import { parseConfidence } from '../domain/removal-options.ts';
import type { Traces } from '../ports/traces.ts';
import type { AccountContext } from '../services/context.ts';
import { isOutage } from '../services/outage.ts';

/** Wrong use that only the verb itself can see: exit code 2. */
export class UsageError extends Error {}
/** A failure that its sentence tells whole: exit code 1. */
export class CommandError extends Error {}

/** Logs go to stderr, so that stdout carries a command's answer and nothing else. */
export function createLog(config: Pick<Config, 'LOG_LEVEL'>, mixin?: () => object): Logger {
  const redact = { paths: ['key', 'authorization', '*.authorization', '*["x-api-key"]'], censor: '[secret]' };
  const more = mixin ? { mixin } : {};
  return pino({ level: config.LOG_LEVEL, redact, base: null, ...more }, pino.destination({ dest: 2, sync: true }));
}

/** For long-running verbs: what is logged in a trace has its id. */
export async function openTracedLog(config: Config): Promise<{ log: Logger; traces: Traces }> {
  const { openTraces } = await import('../platform/traces.ts');
  const traces = await openTraces(config, () => log);
  const log = createLog(config, () => traceFields(traces));
  return { log, traces };
}

function traceFields(traces: Traces): { readonly traceId?: string } {
  const traceId = traces.current()?.split('-')[1];
  return traceId === undefined ? {} : { traceId };
}

const quiet = (config: Config): Logger =>
  createLog({ LOG_LEVEL: config.LOG_LEVEL === 'info' ? 'error' : config.LOG_LEVEL });

/** A command's own log is quiet, unless the operator asks for more. */
export function loadCommand(): { config: Config; log: Logger } {
  const config = loadConfig();
  return { config, log: quiet(config) };
}

/** Opens the database for one verb, with the server running or not. */
export async function withDatabase<T>(
  work: (ctx: AccountContext, command: { config: Config; log: Logger }) => Promise<T>,
): Promise<T> {
  const { openCommandContext } = await import('../platform.ts');
  const { config, log } = loadCommand();
  const opened = await openCommandContext(config, log);
  try {
    return await work(opened.ctx, { config, log });
  } finally {
    await opened.close();
  }
}

const SYSTEM_SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full.',
  EDQUOT: 'The disk quota of this user is used up.',
  ENOENT: 'A file or folder is missing and cannot be made; set DATA_DIR to a folder that can be written.',
  ENOTDIR: 'A file stands where a folder is needed; set DATA_DIR to a folder that can be written.',
  EROFS: 'The file system is read-only; set DATA_DIR to a folder that can be written.',
  EACCES: 'A file or folder may not be used by this user; set DATA_DIR to a folder that can be written.',
  EPERM: 'A file or folder may not be used by this user; set DATA_DIR to a folder that can be written.',
};
const LOGIN_REFUSED = new Set(['28P01', '28000', '3D000', '42501']);

/** One sentence for the operator; an error of ours is its own sentence. */
export function failureSentence(error: unknown): string {
  if (error instanceof ConfigError || error instanceof UsageError || error instanceof CommandError)
    return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  if (
    error.name === 'OwnPostgresError' ||
    error.name === 'DataDirError' ||
    error.name === 'ModelFilesError' ||
    error.name === 'StorageOutage'
  )
    return error.message;
  if (code && LOGIN_REFUSED.has(code)) return `The database of DATABASE_URL refuses the connection: ${error.message}.`;
  if (code === 'EPIPE') return 'Whoever read the output has stopped reading.';
  if (isOutage(error)) return 'The database cannot be reached; check DATABASE_URL, and that PostgreSQL is running.';
  const sentence = code && SYSTEM_SENTENCES[code];
  if (sentence) return path ? `${sentence} (${path})` : sentence;
  return error.message;
}

/** Which plans there are is known when the operator's file of them has been read. */
export function demandPlan({ plans }: Pick<AccountContext, 'plans'>, plan: PlanName): void {
  if (!plans.has(plan)) throw new UsageError(`There is no plan "${plan}". The plans are ${listPlans(plans)}.`);
}

/** A name is printed in tables and typed in shells: one line, nothing invisible at its ends. */
export function parseAccountName(text: string): string {
  if (!/^[^\p{C}\s](?:[^\p{C}]{0,98}[^\p{C}\s])?$/u.test(text)) {
    throw new InvalidArgumentError('It must be 1 to 100 visible characters.');
  }
  return text;
}

/** For limits, which are counts: 1 or more, or 0 where `min` says so. */
export const parseCount =
  (min: number, max = 2_147_483_647) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** 0 to 1, as the parameter `min_confidence` is written. */
export function parseConfidenceOption(text: string): number {
  const confidence = parseConfidence(text);
  if (confidence === undefined) throw new InvalidArgumentError('It must be a number from 0 to 1, such as 0.8.');
  return confidence;
}

/** Columns as wide as their widest cell. */
export function printTable(rows: readonly Readonly<Record<string, string | number | null>>[], whenEmpty: string): void {
  const [first] = rows;
  if (!first) {
    process.stdout.write(`${whenEmpty}\n`);
    return;
  }
  const names = Object.keys(first);
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  for (const line of cells) {
    process.stdout.write(
      `${line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
}
