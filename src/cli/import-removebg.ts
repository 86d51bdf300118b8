/** remuvr import-removebg: what a code base has to change to leave remove.bg. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { formatDiff } from './import-removebg/diff.ts';
import type { Address } from './import-removebg/languages.ts';
import { applyEdits, rewriteFile } from './import-removebg/rewrite.ts';
import { UsageError } from './terminal.ts';

type CommandOptions = { write?: boolean; setting: string; url: string };

/** What others have written, or a build. */
const FOREIGN = /^(node_modules|vendor|dist|build|target|coverage|__pycache__|venv|\..*)$/;
const LARGEST_BYTES = 1_000_000;

/** A character for each byte: code may be in any encoding, and what is not changed must stay as it is. */
const asBytes = (text: string): string => Buffer.from(text).toString('latin1');
const asText = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

async function importRemoveBg(folder: string, { write, setting, url }: CommandOptions): Promise<void> {
  const isFolder = await stat(folder).then(
    (s) => s.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`"${folder}" is not a folder.`);
  if (!/^[A-Z_][A-Z0-9_]*$/i.test(setting)) throw new UsageError(`"${setting}" is not a name of a variable.`);
  const address: Address = { setting, url: asBytes(url.replace(/\/+$/, '')) };
  let changed = 0;
  let notes = 0;
  for (const file of await listFiles(folder)) {
    const text = await readFile(path.join(folder, file), 'latin1');
    const rewriting = rewriteFile(file, text, address);
    for (const note of rewriting.notes) process.stderr.write(`${file}:${note.line}: ${asText(note.text)}\n`);
    notes += rewriting.notes.length;
    if (rewriting.edits.length === 0) continue;
    changed++;
    if (write) await writeFile(path.join(folder, file), applyEdits(text, rewriting.edits), 'latin1');
    if (write) process.stdout.write(`${file}\n`);
    else process.stdout.write(formatDiff(asBytes(file), text, rewriting.edits), 'latin1');
  }
  process.stderr.write(`${summarise(changed, notes, write === true)}\n`);
}

function summarise(changed: number, notes: number, isWritten: boolean): string {
  if (changed + notes === 0) return 'There is no use of remove.bg here.';
  const files = `${changed} ${changed === 1 ? 'file' : 'files'}`;
  const rest = notes === 0 ? '' : `, ${notes} to do by hand`;
  return isWritten ? `${files} changed${rest}.` : `${files} to change${rest}; --write changes them.`;
}

async function listFiles(root: string, below = ''): Promise<string[]> {
  const entries = await readdir(path.join(root, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<string[]> => {
      const file = path.posix.join(below, entry.name);
      if (entry.isDirectory()) return FOREIGN.test(entry.name) ? [] : await listFiles(root, file);
      if (!entry.isFile() || (await stat(path.join(root, file))).size > LARGEST_BYTES) return [];
      return [file];
    }),
  );
  return found.flat().sort();
}

export function addImportCommand(program: Command): void {
  program
    .command('import-removebg')
    .description('find the uses of remove.bg in a code base, and print what to change as a diff')
    .argument('<folder>', 'of the code')
    .option('--setting <name>', 'variable that the code is to read the address from', 'REMUVR_URL')
    .option('--url <url>', 'what that variable will hold, for files of settings', 'http://localhost:8080')
    .option('--write', 'change the files')
    .action(importRemoveBg);
}
