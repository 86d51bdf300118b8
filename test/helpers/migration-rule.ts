/**
 * Two versions run side by side while one gives way to the next, so a migration takes nothing away that the version before it
 * reads, and asks for nothing that it does not write. What is to go goes one version later, when nobody reads it any more.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Nobody has run a version before this one: up to here migrations were free. */
export const LAST_OF_FIRST_RELEASE = '0011-ledger-chain.sql';

export type Hazard = { readonly file: string; readonly statement: string; readonly reason: string };

/** Of statements in lower case, without comments and bodies of functions. */
const HAZARDS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(drop|truncate)\b/, 'takes away what an older version may use'],
  [/\bdrop (column|constraint|default)\b/, 'takes away what an older version may use'],
  [/\brename\b/, 'an older version knows the old name alone'],
  [/\balter column \w+ (set data )?type\b/, 'an older version reads and writes the old type'],
  [/\balter column \w+ set not null\b/, 'an older version may write none'],
  [
    /\badd (column )?(?!constraint|check|column)\w+ [^,]*\bnot null\b(?![^,]*\bdefault\b)/,
    'an older version does not write it',
  ],
  [/\badd (constraint|check|unique|primary|foreign|exclude)\b/, 'an older version may write what it refuses'],
  [/^create unique index\b/, 'an older version may write what it refuses'],
  [/^create (or replace )?(constraint )?trigger\b/, 'changes what the statements of an older version do'],
  [/^lock table\b/, 'holds an older version up'],
];

export async function findHazards(folder: string): Promise<Hazard[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const found = await Promise.all(
    files.map(async (file) => findInFile(file, await readFile(path.join(folder, file), 'utf8'))),
  );
  return found.flat();
}

function findInFile(file: string, text: string): Hazard[] {
  const statements = text
    .replace(/--.*$/gm, '')
    .replace(/\$\$[\s\S]*?\$\$/g, '$$$$')
    .toLowerCase()
    .split(';')
    .map((statement) => statement.replace(/\s+/g, ' ').trim());
  const own = statements.flatMap((each) => /^create (?:unlogged )?table (\S+)/.exec(each)?.[1] ?? []);
  return statements
    .filter((statement) => !own.some((table) => new RegExp(`(?:\\bon|^alter table) ${table}\\b`).test(statement)))
    .flatMap((statement) => {
      const hit = HAZARDS.find(([pattern]) => pattern.test(statement));
      return hit ? [{ file, statement, reason: hit[1] }] : [];
    });
}
